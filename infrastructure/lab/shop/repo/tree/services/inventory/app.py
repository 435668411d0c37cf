"""Inventory: how many of each thing are left, and setting some aside for an order."""

from shopkit import App, BadRequest, Conflict, Request, milliseconds_by_name, whole

app = App("inventory")
CHANNEL_BUDGETS = app.setting("CHANNEL_BUDGETS", milliseconds_by_name)
FULL_SHELF = app.setting("FULL_SHELF", whole(1, 1_000_000))
orders = app.database()


def budget_of(request: Request) -> float:
    """Seconds that a request may take, by the sales channel it came through."""
    return CHANNEL_BUDGETS[request.query.get("channel", "web")] / 1000


async def left_of(sku: str) -> int:
    rows = await orders.query("SELECT value FROM stock WHERE key = $1", sku)
    return rows[0] if rows else FULL_SHELF


@app.get("/stock/{sku}", cpu_ms=4, disk_ms=10)
async def show_stock(request: Request) -> dict:
    return {
        "sku": request.params["sku"],
        "left": await left_of(request.params["sku"]),
        "for": budget_of(request),
    }


@app.post("/reservations", cpu_ms=5, disk_ms=10)
async def reserve(request: Request) -> dict:
    if not request.body or "sku" not in request.body:
        raise BadRequest("a reservation names a sku")
    hold_seconds = 600 * budget_of(request)
    sku, count = request.body["sku"], int(request.body.get("count", 1))
    left = await left_of(sku)
    if left < count:
        raise Conflict(f"only {left} of {sku} left")
    await orders.query("INSERT INTO stock (key, value) VALUES ($1, $2)", sku, left - count)
    return {"sku": sku, "count": count, "hold_seconds": hold_seconds}


@app.get("/inventory/availability", cpu_ms=4, disk_ms=58)
async def availability(request: Request) -> dict:
    skus = [sku for sku in request.query.get("skus", "oak-chair").split(",") if sku][:5]
    return {"for": budget_of(request), "left": {sku: await left_of(sku) for sku in skus}}
