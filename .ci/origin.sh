# Sourced by import.sh and install.sh with the commit as its argument (default: HEAD): a
# temporary folder with a repository that stands for the one strangers fetch from, which has
# the commit and nothing else, and a go command that fetches this module from there by its
# path. The other modules come from the downloads that exist, and as GOPROXY says.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
module=$(GOWORK=off go list -m)
commit=$(git rev-parse --verify "${1:-HEAD}^{commit}")
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT

git init -q -b main --bare "$folder/origin.git"
git -C "$folder/origin.git" config receive.shallowUpdate true # the clone may be shallow
git push -q --no-verify "$folder/origin.git" "$commit:refs/heads/main"

proxy=file://$(go env GOMODCACHE)/cache/download
export GOMODCACHE="$folder/cache" GOFLAGS=-modcacherw GOWORK=off GO111MODULE=on GOPROXY="$proxy,$(go env GOPROXY)"
export GONOPROXY=$module GONOSUMDB=$module GOVCS="$module:git,*:off"
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0 GIT_ALLOW_PROTOCOL=file
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$folder/origin.git.insteadOf" GIT_CONFIG_VALUE_0="https://$module"
