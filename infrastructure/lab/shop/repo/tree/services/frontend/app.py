"""Frontend: the pages that customers see, put together from the other services."""

import asyncio

from shopkit import App, BadRequest, PeerError, Request, milliseconds_by_name, text

app = App("frontend")
CHANNEL_BUDGETS = app.setting("CHANNEL_BUDGETS", milliseconds_by_name)
BANNER = app.setting("BANNER", text)
catalog = app.peer("CATALOG_URL")
cart = app.peer("CART_URL")
checkout = app.peer("CHECKOUT_URL")
recommendations = app.peer("RECOMMENDATIONS_URL")


def budget_of(request: Request) -> float:
    """Seconds that a request may take, by the sales channel it came through."""
    return CHANNEL_BUDGETS[request.query.get("channel", "web")] / 1000


async def goes_with(sku: str, request: Request) -> list[dict]:
    """Nice to have: a page without it is still a page."""
    try:
        answer = await recommendations.get(f"/for/{sku}", request, seconds=budget_of(request) / 3)
    except PeerError as error:
        app.output.warning("page without recommendations", trace_id=request.trace_id, error=str(error))
        return []
    return answer["goes_with"]


@app.get("/", cpu_ms=4)
async def home(request: Request) -> dict:
    budget = budget_of(request)
    page, also = await asyncio.gather(
        catalog.get("/products", request, seconds=budget), goes_with("oak-chair", request)
    )
    return {"banner": BANNER, "products": page["products"][:6], "also": also}


@app.get("/products/{sku}", cpu_ms=4)
async def product_page(request: Request) -> dict:
    sku = request.params["sku"]
    product = await catalog.get(f"/products/{sku}", request, seconds=budget_of(request))
    return {"product": product, "also": await goes_with(sku, request)}


@app.get("/cart/{user}", cpu_ms=4)
async def cart_page(request: Request) -> dict:
    return await cart.get(f"/carts/{request.params['user']}", request, seconds=budget_of(request))


@app.post("/cart/{user}/items", cpu_ms=4)
async def add_to_cart(request: Request) -> dict:
    path = f"/carts/{request.params['user']}/items"
    return await cart.post(path, request, request.body, seconds=budget_of(request))


@app.post("/checkout", cpu_ms=5)
async def buy(request: Request) -> dict:
    if not request.body or "user" not in request.body:
        raise BadRequest("log in first")
    return await checkout.post("/orders", request, request.body, seconds=2 * budget_of(request))


@app.get("/pages/{slug}", cpu_ms=6, disk_ms=94)
async def story(request: Request) -> dict:
    return {"slug": request.params["slug"], "banner": BANNER, "budget": budget_of(request)}
