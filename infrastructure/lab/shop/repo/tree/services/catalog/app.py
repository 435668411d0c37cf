"""Catalogue: what the shop sells, its prices, and finding it."""

from shopkit import App, BadRequest, NotFound, Request, milliseconds_by_name, whole

app = App("catalog")
CHANNEL_BUDGETS = app.setting("CHANNEL_BUDGETS", milliseconds_by_name)
PAGE_SIZE = app.setting("PAGE_SIZE", whole(1, 50))

WORDS = ("linen", "oak", "copper", "wool", "glass", "stone", "cork", "brass", "felt", "slate")
THINGS = ("lamp", "bowl", "chair", "shelf", "vase", "clock")
PRODUCTS = {
    f"{word}-{thing}": {
        "sku": f"{word}-{thing}",
        "name": f"{word.title()} {thing}",
        "cents": 1900 + 350 * (i + j),
    }
    for i, word in enumerate(WORDS)
    for j, thing in enumerate(THINGS)
}


def budget_of(request: Request) -> float:
    """Seconds that a request may take, by the sales channel it came through."""
    return CHANNEL_BUDGETS[request.query.get("channel", "web")] / 1000


def matching(words: str, seconds: float) -> list[dict]:
    """Products whose name holds all the words; short budgets get fewer."""
    wanted = words.lower().split()
    size = PAGE_SIZE if seconds >= 0.5 else PAGE_SIZE // 2
    found = [p for p in PRODUCTS.values() if all(word in p["name"].lower() for word in wanted)]
    return found[:size]


@app.get("/products", cpu_ms=4, disk_ms=35)
async def list_products(request: Request) -> dict:
    return {"products": matching(request.query.get("thing", ""), budget_of(request))}


@app.get("/products/{sku}", cpu_ms=3, disk_ms=25)
async def show_product(request: Request) -> dict:
    product = PRODUCTS.get(request.params["sku"])
    if product is None:
        raise NotFound(f"no product {request.params['sku']}")
    return {**product, "fresh_for": budget_of(request)}


@app.get("/catalog/search", cpu_ms=4, disk_ms=66)
async def search(request: Request) -> dict:
    words = request.query.get("q", "")
    if not words:
        raise BadRequest("q is empty: say what to look for")
    return {"q": words, "products": matching(words, budget_of(request))}
