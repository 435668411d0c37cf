"""Payments: charging cards through the acquirer, and what ways of paying there are."""

from shopkit import App, BadRequest, Request, milliseconds_by_name, one_of, text

app = App("payments")
CHANNEL_BUDGETS = app.setting("CHANNEL_BUDGETS", milliseconds_by_name)
CURRENCY = app.setting("CURRENCY", one_of("EUR", "CHF", "SEK"))
API_KEY = app.setting("ACQUIRER_API_KEY", text)


def budget_of(request: Request) -> float:
    """Seconds that a request may take, by the sales channel it came through."""
    return CHANNEL_BUDGETS[request.query.get("channel", "web")] / 1000


def fee(cents: int) -> int:
    """What the acquirer keeps: 1.4 % and 25 cents."""
    return round(cents * 0.014) + 25


@app.post("/charges", cpu_ms=14, disk_ms=45)
async def charge(request: Request) -> dict:
    if not request.body or int(request.body.get("cents", 0)) <= 0:
        raise BadRequest("a charge has an amount above zero")
    cents = int(request.body["cents"])
    answer_by = budget_of(request)
    return {"charged": cents, "currency": CURRENCY, "fee": fee(cents), "acquirer_budget": answer_by}


@app.get("/payments/methods", cpu_ms=5, disk_ms=66)
async def methods(request: Request) -> dict:
    return {"methods": ["card", "invoice", "transfer"], "currency": CURRENCY, "budget": budget_of(request)}
