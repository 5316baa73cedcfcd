protoc-gen-secure print-proto proto
buf generate
buf build -o set.binpb
protoc-gen-secure check --descriptor-set set.binpb --out src/gen
