"""What rates are reckoned against: customers, sales and costs of a period, as an operator gave them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, Date, Numeric
from sqlmodel import Field

from bot.records.base import Record, time_column


class IndicatorBase(Record, table=True):
    """One amount for some days, both included; said again, it replaces the one before. source: domain §5

    kind: customers, customers_start, customers_lost, transactions, units, revenue, cost_of_sales, handling_cost.
    """

    __tablename__ = "indicator_bases"

    kind: str = Field(primary_key=True)
    first_day: date = Field(sa_column=Column(Date(), primary_key=True))
    last_day: date = Field(sa_column=Column(Date(), primary_key=True))
    amount: Decimal = Field(sa_column=Column(Numeric(18, 3), nullable=False))
    set_by: str
    set_at: datetime = Field(sa_column=time_column())
