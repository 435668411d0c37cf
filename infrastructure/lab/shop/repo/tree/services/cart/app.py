"""Cart: what a customer has put aside to buy."""

from shopkit import App, BadRequest, Request, milliseconds_by_name, whole

app = App("cart")
CHANNEL_BUDGETS = app.setting("CHANNEL_BUDGETS", milliseconds_by_name)
MOST_ITEMS = app.setting("MOST_ITEMS", whole(1, 500))
orders = app.database()


def budget_of(request: Request) -> float:
    """Seconds that a request may take, by the sales channel it came through."""
    return CHANNEL_BUDGETS[request.query.get("channel", "web")] / 1000


async def items_of(user: str) -> list[str]:
    rows = await orders.query("SELECT value FROM carts WHERE key = $1", user)
    return list(rows[0]) if rows else []


@app.get("/carts/{user}", cpu_ms=4, disk_ms=10)
async def show_cart(request: Request) -> dict:
    return {
        "user": request.params["user"],
        "items": await items_of(request.params["user"]),
        "for": budget_of(request),
    }


@app.post("/carts/{user}/items", cpu_ms=5, disk_ms=10)
async def add_item(request: Request) -> dict:
    if not request.body or "sku" not in request.body:
        raise BadRequest("an item names a sku")
    kept_seconds = 3600 * budget_of(request)
    items = [*await items_of(request.params["user"]), request.body["sku"]][-MOST_ITEMS:]
    await orders.query("INSERT INTO carts (key, value) VALUES ($1, $2)", request.params["user"], items)
    return {"user": request.params["user"], "items": items, "kept_seconds": kept_seconds}


@app.get("/cart/shared/{user}", cpu_ms=4, disk_ms=60)
async def shared_cart(request: Request) -> dict:
    items = await items_of(request.params["user"])
    return {"user": request.params["user"], "items": sorted(set(items)), "for": budget_of(request)}
