"""Tokens that say by their own form whose they are: one row for each kind of an issuer, and hashes of passwords.

Every pattern runs in linear time: quantifiers are bounded or possessive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_W: Final = r"[A-Za-z0-9_-]"


@dataclass(frozen=True)
class TokenKind:
    """One issuer's tokens: none without one of the literals `hints`, all of the form `shape`."""

    kind: str
    hints: tuple[str, ...]
    shape: re.Pattern[str]


def _token(kind: str, hints: str, shape: str) -> TokenKind:
    return TokenKind(kind, tuple(hints.split()), re.compile(rf"(?<![A-Za-z0-9_])(?:{shape})"))


TOKENS: Final = (
    _token("jwt", "eyJ", rf"eyJ{_W}{{8,8192}}+(?:\.{_W}{{0,8192}}+){{2,4}}"),
    _token("aws-access-key", "AKIA ASIA", r"(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])"),
    _token("gcp-api-key", "AIza", rf"AIza{_W}{{35}}"),
    _token("google-oauth", "ya29. GOCSPX-", rf"ya29\.{_W}{{20,512}}+|GOCSPX-{_W}{{20,64}}+"),
    _token("azure-client-secret", "8Q~", r"[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{31,34}"),
    _token("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9_.-]{30,255}+"),
    _token("github-token", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,255}+"),
    _token("gitlab-token", "gl", rf"gl(?:pat|dt|rt|ptt|cbt|ft|imt|agent|soat)-{_W}{{20,255}}+"),
    _token("slack-token", "xox", r"xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,255}+"),
    _token("slack-token", "xapp-", r"xapp-[0-9]-[A-Za-z0-9-]{20,255}+"),
    _token(
        "slack-webhook",
        "hooks.slack.com",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20,120}+",
    ),
    _token(
        "discord-webhook",
        "/api/webhooks/",
        r"discord(?:app)?\.com/api/webhooks/[0-9]{10,24}/[A-Za-z0-9_-]{20,120}+",
    ),
    _token("stripe-key", "k_live_ k_test_", r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}+"),
    _token("stripe-key", "whsec_", r"whsec_[A-Za-z0-9+/=]{24,255}+"),
    _token("npm-token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _token("pypi-token", "pypi-AgE", rf"pypi-AgE{_W}{{50,512}}+"),
    _token("anthropic-key", "sk-ant-", rf"sk-ant-{_W}{{20,255}}+"),
    _token("openai-key", "sk-", rf"sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9]{_W}{{19,255}}+"),
    _token("groq-key", "gsk_", r"gsk_[A-Za-z0-9]{40,80}+"),
    _token("huggingface-token", "hf_", r"hf_[A-Za-z0-9]{30,80}+"),
    _token("notion-token", "ntn_ secret_", r"ntn_[A-Za-z0-9]{40,80}+|secret_[A-Za-z0-9]{43}"),
    _token("sendgrid-key", "SG.", rf"SG\.{_W}{{16,32}}\.{_W}{{32,64}}+"),
    _token("mailgun-key", "key-", r"key-[0-9a-f]{32}"),
    _token("twilio-key", "SK", r"SK[0-9a-f]{32}"),
    _token("digitalocean-token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    _token("vault-token", "hvs. hvb. hvr.", rf"hv[sbr]\.{_W}{{24,255}}+"),
    _token("terraform-token", ".atlasv1.", rf"[A-Za-z0-9]{{14}}\.atlasv1\.{_W}{{60,120}}+"),
    _token("grafana-token", "glsa_", r"glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}"),
    _token("grafana-token", "glc_", r"glc_[A-Za-z0-9+/=]{32,400}+"),
    _token("newrelic-key", "NRAK-", r"NRAK-[A-Z0-9]{27}"),
    _token("docker-token", "dckr_", rf"dckr_(?:pat|oat)_{_W}{{20,80}}+"),
    _token("databricks-token", "dapi", r"dapi[0-9a-f]{32}"),
    _token("shopify-token", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _token("linear-key", "lin_api_", r"lin_api_[A-Za-z0-9]{40}"),
    _token("telegram-token", ":AA", rf"[0-9]{{8,10}}:AA{_W}{{33}}"),
    _token("age-key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    _token("atlassian-token", "ATATT3 ATBB", r"ATATT3[A-Za-z0-9_=-]{50,255}+|ATBB[A-Za-z0-9]{24,64}+"),
    _token("sentry-token", "sntrys_ sntryu_", r"sntrys_[A-Za-z0-9+/=_-]{40,400}+|sntryu_[0-9a-f]{64}"),
    _token("square-token", "sq0", rf"sq0(?:atp|csp)-{_W}{{22,60}}+"),
    _token("sonar-token", "sqp_ squ_ sqa_", r"sq[pua]_[0-9a-f]{40}"),
    _token("doppler-token", "dp.", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40,80}+"),
    _token("planetscale-token", "pscale_", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,64}+"),
    _token("postman-key", "PMAK-", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    _token("pulumi-token", "pul-", r"pul-[0-9a-f]{40}"),
    _token("rubygems-key", "rubygems_", r"rubygems_[0-9a-f]{48}"),
    _token("supabase-token", "sbp_", r"sbp_[0-9a-f]{40}"),
    _token("figma-token", "figd_", rf"figd_{_W}{{40,60}}+"),
    _token("dynatrace-token", "dt0", r"dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    _token("fly-token", "fm1 fm2_ fo1_", r"(?:fm1[ar]|fm2|fo1)_[A-Za-z0-9+/=_,-]{40,4000}+"),
    _token("replicate-token", "r8_", rf"r8_{_W}{{37}}"),
    _token("perplexity-key", "pplx-", r"pplx-[A-Za-z0-9]{40,64}+"),
    _token("xai-key", "xai-", r"xai-[A-Za-z0-9]{60,100}+"),
    _token("langsmith-key", "lsv2_", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    _token("aws-bedrock-key", "ABSK", r"ABSK[A-Za-z0-9+/]{50,200}+={0,2}"),
    _token("newrelic-key", "NRAL", r"[0-9a-f]{32,40}NRAL"),
    _token("circleci-token", "CCIP", r"CCI(?:PAT|PRJ)_[A-Za-z0-9]{20,30}_[0-9a-f]{40}"),
    _token("buildkite-token", "bk", r"bk(?:ua|ct|aj|pt|pi)_[0-9a-f]{40}"),
    _token("tailscale-key", "tskey-", r"tskey-[a-z]{3,10}-[A-Za-z0-9-]{16,120}+"),
    _token("okta-token", "SSWS ", rf"SSWS {_W}{{40,80}}+"),
    _token("opsgenie-key", "GenieKey ", r"GenieKey [0-9a-f-]{36}"),
    _token("jfrog-token", "AKCp cmVmdGtu", r"AKCp[A-Za-z0-9]{50,100}+|cmVmdGtu[A-Za-z0-9]{40,80}+"),
    _token("mapbox-token", "sk.eyJ", rf"sk\.eyJ{_W}{{20,400}}+\.{_W}{{15,60}}+"),
    _token("github-token", "v1.", r"v1\.[0-9a-f]{40}(?![0-9a-f])"),
    _token("google-oauth", "1//0", rf"1//0{_W}{{40,200}}+"),
    _token("heroku-key", "HRKU-", rf"HRKU-{_W}{{36,100}}+"),
    _token("netlify-token", "nfp_", r"nfp_[A-Za-z0-9]{36,60}+"),
    _token("aliyun-key", "LTAI", r"LTAI[A-Za-z0-9]{12,24}+"),
    _token("tencent-key", "AKID", r"AKID[A-Za-z0-9]{32}"),
    _token("facebook-token", "EAA", r"EAA[A-Za-z0-9]{80,400}+|EAACEdEose0cBA[A-Za-z0-9]{20,400}+"),
    _token("adobe-secret", "p8e-", r"p8e-[A-Za-z0-9_-]{32}"),
    _token("yandex-key", "AQVN", rf"AQVN{_W}{{35,40}}+"),
    _token("easypost-key", "EZ", r"EZ[AT]K[A-Za-z0-9]{54}"),
    _token("dropbox-token", "sl.", rf"sl\.{_W}{{100,2000}}+"),
    _token("crates-token", "cio", r"cio[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    _token("mailchimp-key", "-us", r"[0-9a-f]{32}-us[0-9]{1,2}"),
    _token("onepassword-token", "ops_eyJ", rf"ops_eyJ{_W}{{100,4000}}+"),
    _token("octopus-key", "API-", r"API-[A-Z0-9]{25,26}(?![A-Za-z0-9])"),
    _token("teams-webhook", "webhook.office.com", r"webhook\.office\.com/webhookb2/[A-Za-z0-9@/-]{36,400}+"),
    _token("zapier-webhook", "hooks.zapier.com", r"hooks\.zapier\.com/hooks/catch/[A-Za-z0-9/]{8,80}+"),
    _token(
        "password-hash",
        "$apr1$ $1$ $2a$ $2b$ $2x$ $2y$ $5$ $6$ $7$ $y$ $argon2 $scrypt$ $pbkdf2",
        r"\$(?:apr1|1|2[abxy]|5|6|7|y|argon2(?:id|i|d)|scrypt|pbkdf2[a-z0-9-]{0,12})\$[A-Za-z0-9./$=,+-]{22,400}+",
    ),
    _token("password-hash", "SHA", r"\{S?SHA[0-9]{0,3}\}[A-Za-z0-9+/]{20,200}+={0,2}"),
    _token("password-hash", "SCRAM-SHA-", r"SCRAM-SHA-[0-9]{1,3}\$[0-9]{1,9}:[A-Za-z0-9+/=$:]{40,400}+"),
)
"""Tokens that say by their own form whose they are."""
