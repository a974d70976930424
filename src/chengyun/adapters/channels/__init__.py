"""Channels: how messages reach people through providers (SMS gateway, WeCom, DingTalk, mail …)."""
