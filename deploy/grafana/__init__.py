"""Grafana: the dashboards as tables of data, the JSON made from them, and pictures of what they show."""
