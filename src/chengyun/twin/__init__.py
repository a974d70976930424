"""Twin (城市数字孪生): the state of every area, asset, place and unit, now and as known."""
