"""Recommendations: what goes with what is being looked at."""

from shopkit import App, Request, milliseconds_by_name, whole

app = App("recommendations")
CHANNEL_BUDGETS = app.setting("CHANNEL_BUDGETS", milliseconds_by_name)
SHOWN = app.setting("SHOWN", whole(1, 12))
catalog = app.peer("CATALOG_URL")


def budget_of(request: Request) -> float:
    """Seconds that a request may take, by the sales channel it came through."""
    return CHANNEL_BUDGETS[request.query.get("channel", "web")] / 1000


def score(product: dict, seed: str) -> int:
    """How well a product goes with another: shared words count, then the price."""
    shared = len(set(product["sku"].split("-")) & set(seed.split("-")))
    return 10_000 * shared - product["cents"]


async def best_for(seed: str, request: Request) -> list[dict]:
    thing = seed.rpartition("-")[2]
    page = await catalog.get("/products", request, seconds=budget_of(request), thing=thing)
    others = [product for product in page["products"] if product["sku"] != seed]
    return sorted(others, key=lambda product: -score(product, seed))[:SHOWN]


@app.get("/for/{sku}", cpu_ms=8, disk_ms=10)
async def for_product(request: Request) -> dict:
    return {"sku": request.params["sku"], "goes_with": await best_for(request.params["sku"], request)}


@app.get("/recommendations/trending", cpu_ms=6, disk_ms=66)
async def trending(request: Request) -> dict:
    return {"trending": ["oak-chair", "linen-lamp", "copper-bowl"][:SHOWN], "budget": budget_of(request)}
