"""Scenarios that run on real Flask and on Ewer in one process and must look the same from outside."""
