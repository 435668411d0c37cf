/** The one browser of all tests: says where it listens and which process it is, and ends when nobody holds its input any more. */
import { chromium } from "playwright-core";

const server = await chromium.launchServer({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
console.log(JSON.stringify({ address: server.wsEndpoint(), pid: server.process().pid }));
process.stdin.resume();
process.stdin.on("end", () => void server.close().then(() => process.exit(0)));
