"""Checkout: turns a cart into an order: stock set aside, card charged, order written down."""

from shopkit import App, BadRequest, Request, milliseconds_by_name, whole

app = App("checkout")
CHANNEL_BUDGETS = app.setting("CHANNEL_BUDGETS", milliseconds_by_name)
FREE_SHIPPING_FROM_CENTS = app.setting("FREE_SHIPPING_FROM_CENTS", whole(0, 1_000_000))
cart = app.peer("CART_URL")
inventory = app.peer("INVENTORY_URL")
payments = app.peer("PAYMENTS_URL")
orders = app.database()

SHIPPING_CENTS = 590


def budget_of(request: Request) -> float:
    """Seconds that a request may take, by the sales channel it came through."""
    return CHANNEL_BUDGETS[request.query.get("channel", "web")] / 1000


def total_of(items: list[str]) -> int:
    """Cents to pay, shipping included."""
    goods = 2400 * max(1, len(items))
    return goods if goods >= FREE_SHIPPING_FROM_CENTS else goods + SHIPPING_CENTS


@app.post("/orders", cpu_ms=6)
async def place_order(request: Request) -> dict:
    user = (request.body or {}).get("user")
    if not user:
        raise BadRequest("an order names its user")
    budget = budget_of(request)
    basket = await cart.get(f"/carts/{user}", request, seconds=budget)
    sku = (basket["items"] or ["oak-chair"])[0]
    await inventory.post("/reservations", request, {"sku": sku, "count": 1}, seconds=budget)
    paid = await payments.post("/charges", request, {"cents": total_of(basket["items"])}, seconds=budget)
    await orders.query("INSERT INTO orders (key, value) VALUES ($1, $2)", user, paid["charged"])
    return {"user": user, "paid_cents": paid["charged"], "currency": paid["currency"]}


@app.get("/checkout/shipping", cpu_ms=4, disk_ms=66)
async def shipping(request: Request) -> dict:
    rows = await orders.query("SELECT value FROM orders WHERE key = $1", request.query.get("user", "u1"))
    free = bool(rows) and int(rows[0]) >= FREE_SHIPPING_FROM_CENTS
    return {"cents": 0 if free else SHIPPING_CENTS, "answer_within": budget_of(request)}
