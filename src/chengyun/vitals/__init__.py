"""Vitals (数字体征): counts and rates of the city, against what is usual, with freshness."""
