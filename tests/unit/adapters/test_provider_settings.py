"""Settings of a provider: asked over TLS alone, the secret only by reference."""

import pytest

from chengyun.adapters.oidc.settings import secret_of, settings_in
from chengyun.kernel.errors import Rejected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("issuer: http://id.example\nclient_id: c\nsecret_env: S\nname: {en: x}", "https alone"),
        ("issuer: https://id.example\nclient_id: c\nname: {en: x}", "secret_file or secret_env"),
        ("issuer: https://id.example\nsecret: s", "no settings"),
        ("[", "no settings"),
    ],
)
def test_wrong_settings_are_refused(tmp_path, text, said):
    path = tmp_path / "provider.yaml"
    path.write_text(text)
    with pytest.raises(Rejected, match=said) as found:
        settings_in(path)
    assert str(path) in str(found.value)


def test_the_secret_is_named_and_stands_elsewhere(tmp_path, monkeypatch):
    path = tmp_path / "provider.yaml"
    begin = "issuer: https://id.example\nclient_id: c\nname: {en: x}\n"
    path.write_text(begin + "secret_env: CITY_SECRET")
    with pytest.raises(Rejected, match="empty"):
        secret_of(settings_in(path), path)
    monkeypatch.setenv("CITY_SECRET", "s3")
    assert secret_of(settings_in(path), path) == "s3"
    path.write_text(begin + "secret_file: secret")
    (tmp_path / "secret").write_text("s4\n")
    assert secret_of(settings_in(path), path) == "s4"
