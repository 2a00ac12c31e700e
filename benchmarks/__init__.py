"""What is measured beside others, run by ``gridsvc bench``; needs the source checkout."""
