"""Code that protoc generates from the proto files; made by the script `generate`. Private."""
