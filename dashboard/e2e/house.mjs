/** The house that the test furnished: where it is, who may enter, which incidents lie in it, and what it does when asked. */
import { outside } from "./driver.mjs";

export const { DASHBOARD: URL_, ENDED, WAITING, HOSTILE, SPOILED, JOINED, NOW, A_WEEK_ON } = process.env;
export const token = Object.fromEntries(process.env.TOKENS.split(",").map((each) => each.split("=")));
export const room = (id) => `${URL_}/clusters/_?incident=${id}`;

export const house = async (wish) => Number(await outside(wish));

export async function region(page, name) {
  const part = page.getByRole("region", { name, exact: true });
  await part.scrollIntoViewIfNeeded();
  return part;
}
