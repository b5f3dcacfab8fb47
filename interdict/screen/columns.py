"""The columns of a month's usage that a number is screened by, in words.

Left out is what shows that a number was already shut when the table was made (months and days in use, sums and spread
of bills): it tells a caught scammer from everybody, and not a scammer from the next one. Two columns that say the same
are one.
"""

from typing import NamedTuple


class Column(NamedTuple):
    """A column of the table."""

    name: str
    text: str
    text_zh: str


COLUMNS = (
    Column("phone2opposite_mean", "calls with each number", "每个对端号码平均通话次数"),
    Column("phone2oppo_sum_median", "seconds talked with each number, median", "与每个对端号码通话总秒数(中位数)"),
    Column("phone2oppo_sum_max", "seconds talked with one number, most", "与单个对端号码通话总秒数(最大)"),
    Column("call_dur_median", "seconds a call, median", "单次通话秒数(中位数)"),
    Column("voc_day_mode_count", "calls on the day of the month with most", "通话最多之日的通话次数"),
    Column("voc_hour_nunique", "hours of the day with calls", "有通话的小时数"),
    Column("city_name_nunique", "cities called from", "通话所在城市数"),
    Column("county_name_nunique", "districts called from", "通话所在区县数"),
    Column("imeis", "handsets", "使用的终端数"),
    Column("sms_rate", "texts with each correspondent", "每个短信对端平均条数"),
    Column("calltype_2", "texts received", "接收短信条数"),
    Column("calltype_rate", "share of texts that it receives", "接收短信占比"),
    Column("hour_nunique", "hours of the day with texts", "有短信的小时数"),
    Column("day_mode_count", "texts on the day of the month with most", "短信最多之日的条数"),
    Column("arpu_max", "highest monthly bill, yuan", "最高月账单(元)"),
)
