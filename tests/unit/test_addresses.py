"""An address is shown as a link only where it leads to where it seems to lead."""

from __future__ import annotations

import pytest

from sre_agent.domain.addresses import https_address


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/shop/checkout/issues/12",
        "https://tracker.example:8443/browse/SHOP-7?view=a%20b#now",
    ],
)
def test_an_https_address_is_taken_as_it_is(url: str) -> None:
    assert https_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://github.com/shop/checkout/issues/12",
        "javascript:alert(1)",
        "data:text/html,x",
        "//github.com/x",
        "https://",
        "https:///issues/1",
        "https://github.com@evil.example/x",
        "https://ana:secret@github.com/x",
        "https://github.com:port/x",
        "https://[::1/x",
        "https://git hub.com/x",
        "https://github.com/\n",
        "https://github.com/<script>",
        'https://github.com/"onclick',
        "https://github.com\\@evil.example/",
        "https://g\u0456thub.com/x",
        "https://github.com/" + "a" * 2000,
    ],
)
def test_anything_else_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ValueError, match="give an address like https://"):
        https_address(url)
