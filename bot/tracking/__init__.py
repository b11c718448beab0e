"""`/t/<token>` and `/o/<token>.gif`: who followed a link of outreach or opened it. Off until switched on."""
