"""The durable log and the projections in SQL; every difference of dialect lives here."""
