mkdir -p src/gen
protoc-gen-secure print-proto proto
protoc -I proto --prost_out=src/gen --secure_out=src/gen proto/shop/v1/shop.proto
protoc-gen-secure check -I proto --out src/gen proto/shop/v1/shop.proto
