#!/bin/sh
# Fetches axe-core, which checks a page's accessibility, into a folder.
# usage: axe.sh FOLDER
set -eu
npm install --prefix "$1" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error axe-core@4.14.1
