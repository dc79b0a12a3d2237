"""Live codes 渠道活码: on which terms they take newcomers, and which of the staff is on duty."""
