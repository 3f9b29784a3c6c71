"""The name that the fuzzer and its hooks share; the hooks load Django when they are imported."""

ACCOUNT = "RESSOURCEFY_FUZZ_ACCOUNT"
