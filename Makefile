# A thin face over CMake; each target does first whatever it needs.
.PHONY: test setup
setup:
	apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends g++-12 cmake ninja-build ccache mold pkg-config libssl-dev libsqlite3-dev libboost1.81-dev libboost-json1.81-dev libfmt-dev libyaml-cpp-dev libcli11-dev doctest-dev librapidcheck-dev
test: setup
	cmake --workflow --preset dev
