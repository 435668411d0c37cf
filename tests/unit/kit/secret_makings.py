"""Made-up secrets of every kind, and ordinary text that must stay as it is."""

from __future__ import annotations

import base64
import secrets
import string

ALPHANUMERIC = string.ascii_letters + string.digits


def random_text(length: int, alphabet: str = ALPHANUMERIC) -> str:
    """Letters and digits, at least one of each sort."""
    body = [secrets.choice(alphabet) for _ in range(max(0, length - 3))]
    return "".join(["q", "7", "W", *body])[:length]


def jwt_like() -> str:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    head, body = part('{"alg":"RS256","kid":"x"}'), part('{"sub":"system:serviceaccount"}')
    return f"{head}.{body}.{random_text(86)}"


def private_key() -> str:
    lines = "\n".join(random_text(64, ALPHANUMERIC + "+/") for _ in range(6))
    return f"-----BEGIN RSA PRIVATE KEY-----\n{lines}\n{random_text(20)}==\n-----END RSA PRIVATE KEY-----"


def tokens() -> dict[str, str]:
    """Kind → a made-up token that says by its form what it is. Put together here, so that no scanner minds."""
    return {
        "jwt": jwt_like(),
        "private-key": private_key(),
        "aws-access-key": "AK" + "IA" + random_text(16, string.ascii_uppercase + string.digits).upper(),
        "gcp-api-key": "AI" + "za" + random_text(35),
        "google-oauth": "ya" + "29." + random_text(40),
        "azure-client-secret": random_text(3) + "8" + "Q~" + random_text(34),
        "github-token": "gh" + "p_" + random_text(36),
        "gitlab-token": "gl" + "pat-" + random_text(20),
        "slack-token": "xo" + "xb-" + "123456789012-" + random_text(24),
        "slack-webhook": "hooks.slack.com/serv" + "ices/T0000/B0000/" + random_text(24),
        "stripe-key": "sk" + "_live_" + random_text(24),
        "npm-token": "np" + "m_" + random_text(36),
        "pypi-token": "py" + "pi-AgE" + random_text(80),
        "anthropic-key": "sk" + "-ant-" + random_text(40),
        "openai-key": "sk" + "-proj-" + random_text(40),
        "groq-key": "gs" + "k_" + random_text(52),
        "huggingface-token": "h" + "f_" + random_text(34),
        "notion-token": "nt" + "n_" + random_text(46),
        "sendgrid-key": "S" + "G." + random_text(22) + "." + random_text(43),
        "mailgun-key": "key" + "-" + secrets.token_hex(16),
        "digitalocean-token": "do" + "p_v1_" + secrets.token_hex(32),
        "vault-token": "hv" + "s." + random_text(40),
        "grafana-token": "gl" + "sa_" + random_text(32) + "_" + secrets.token_hex(4),
        "newrelic-key": "NR" + "AK-" + random_text(27, string.ascii_uppercase + string.digits).upper(),
        "docker-token": "dc" + "kr_pat_" + random_text(27),
        "databricks-token": "da" + "pi" + secrets.token_hex(16),
        "telegram-token": "123456789" + ":AA" + random_text(33),
        "age-key": "AGE-SEC" + "RET-KEY-1" + random_text(58, string.ascii_uppercase + string.digits).upper(),
    }


ANNOUNCED = (
    "password={}",
    "password: {}",
    'password="{}"',
    "PGPASSWORD={} psql",
    "DB_PASSWORD={}",
    '{{"password":"{}","user":"bob"}}',
    '{{"password": "{}"}}',
    '{{\\"password\\":\\"{}\\"}}',
    "client_secret={}&grant_type=x",
    "apiKey: {}",
    "X-Api-Key: {}",
    "--password {} --verbose",
    "--api-key={}",
    "AWS_SECRET_ACCESS_KEY={}",
    "Server=db;User=sa;Password={};Encrypt=true",
    "AccountKey={};EndpointSuffix=core.windows.net",
    "postgres://shop:{}@orders-db:5432/orders?sslmode=disable",
    "redis://:{}@cache:6379/0",
    "amqp://guest:{}@mq/%2f",
    "shop:{}@tcp(orders-db:3306)/orders",
    "Authorization: Bearer {}",
    "authorization=Token {}",
    '"Authorization": "Basic {}"',
    "Cookie: session={}; theme=dark",
    "Set-Cookie: id={}; HttpOnly",
    "https://x.blob.core.windows.net/c?sv=1&sig={}&se=2",
    "access_token={}",
    "refresh_token: '{}'",
    "- name: ORDERS_DB_PASSWORD\n  value: {}\n",
    " - name: API_TOKEN\n-  value: old\n+  value: {}\n",
    "passphrase => {}",
    "auth token: {}",
)
"""Text in which a name announces a secret."""

ORDINARY = (
    'password authentication failed for user "shop"',
    "invalid token: expired",
    "token: invalid",
    "no password supplied",
    "password: incorrect",
    "the secret is out of date",
    'secret "orders-db" not found',
    'MountVolume.SetUp failed for volume "kube-api-access-8x2lz" : failed to fetch token: timed out',
    "couldn't find key DB_PASSWORD in Secret shop/orders-db",
    "secretKeyRef: {name: orders-db, key: password}",
    "kube_secret_info{secret=orders-db,namespace=shop} 1",
    "max_tokens: 4096, tokens=1500, token_count=12",
    "PWD=/home/app OLDPWD=/",
    "commit 3f786850e387550fdab836ed7e6dc881de23001b by bob",
    "image registry.lab/shop/cart@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7",
    "request_id=550e8400-e29b-41d4-a716-446655440000 status=500",
    "uid 7c9e6679-7425-40de-944b-e07fc1f90ae7 pod cart-6d4cf56db6-x2k9p",
    "traceparent=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "GET /basket?user=42&sort=asc HTTP/1.1 200 OK 12ms",
    "http://payments:8080/charge: connection refused",
    "dial tcp 10.0.0.1:5432: connect: connection refused",
    "java.lang.NullPointerException at com.acme.shop.CartController.handle(CartController.java:42)",
    'File "/app/services/checkout/main.py", line 88, in charge',
    "ghost user, xoxo, AKIA is a prefix, eyJust words, sk-ip this",
    "basic authentication required; bearer of bad news",
    "OOMKilled: memory limit 128Mi exceeded",
    "Back-off restarting failed container cart in pod cart-6d4cf56db6-x2k9p_shop",
    "pass=5 fail=3 skip=1",
    "key=value; keyboard: us; monkey: yes",
    '2026-11-21T07:51:01.011Z level=info msg="reconciled" duration=1.5s',
    'rate(http_requests_total{code=~"5..",service="cart"}[2m]) > 0.05',
    "kubectl rollout undo deployment/cart --to-revision=3",
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: orders-db\ntype: Opaque\n",
)
