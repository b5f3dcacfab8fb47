"""What travels: every record Interdict reads or writes, its bounds, its codec and its AsyncAPI document.

Start with `topics.py`. Nothing here knows of Kafka, of Faust, of time or of fraud.
"""
