#!/bin/sh
# Собирает один файл для сервера без интернета: программа, пакеты Python и Debian 12 и 13 (amd64), контрольные суммы.
# Нужны интернет, git, pip и apt. Вызов: make bundle
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
OUT=var/bundle
VERSION=$(sed -n 's/^VERSION = "\(.*\)"/\1/p' osm/version.py)
NAME=osm-$VERSION
TREE=$OUT/$NAME
PROGRAM="app.py osm moderation static templates deploy docs requirements.txt README.md CHANGELOG.md SECURITY.md"
CARRIED="python3 nginx openssl"

rm -rf "$TREE"
mkdir -p "$TREE/program" "$TREE/wheels"
# shellcheck disable=SC2086  # список путей
git archive HEAD $PROGRAM | tar -x -C "$TREE/program"
cp "$TREE/program/deploy/install.sh" "$TREE/install.sh"

# Условия на версию Python pip сверил бы со своей, поэтому в список они не попадают: лишний пакет не помешает.
sed 's/ ; python[^\\]*/ /' requirements.txt >"$TREE/python.txt"
echo "pip==25.3 --hash=sha256:9655943313a94722b7774661c21049070f6bbb0a1516bf02f7c8d5d9201514cd" >"$TREE/pip.txt"
$PYTHON -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --dest "$TREE/wheels" --requirement "$TREE/pip.txt"
for python in 3.11 3.13; do
    $PYTHON -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: \
        --python-version $python --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
        --platform manylinux_2_28_x86_64 --platform manylinux_2_34_x86_64 \
        --dest "$TREE/wheels" --requirement "$TREE/python.txt"
done
rm "$TREE/python.txt" "$TREE/pip.txt"

# Пакеты Debian со всем, что им нужно: сервер ставит из них только то, чего у него нет. Источники те же, что у этой
# машины, с именем другого выпуска; «пустой» сервер — чтобы в архив попало всё.
# shellcheck source=/dev/null
here=$(. /etc/os-release && echo "$VERSION_CODENAME")
for code in bookworm trixie; do
    debs=$TREE/debs/$code work=$(mktemp -d)
    mkdir -p "$debs" "$work/lists/partial" "$work/archives/partial"
    # shellcheck disable=SC2016  # имена полей apt
    apt-get indextargets --format '$(SIGNED_BY)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
        sort -u | while IFS='|' read -r signed uri release component; do
        echo "deb [arch=amd64 signed-by=${signed:-/usr/share/keyrings/debian-archive-keyring.gpg}] $uri $(echo "$release" | sed "s/$here/$code/") $component"
    done >"$work/sources.list"
    set -- -qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o APT::Architecture=amd64 \
        -o "Dir::State::Lists=$work/lists" -o Dir::State::Status=/dev/null -o "Dir::Cache::Archives=$work/archives" \
        -o APT::Sandbox::User=root -o Dir::Cache::PkgCache= -o Dir::Cache::SrcPkgCache=
    apt-get "$@" update
    # shellcheck disable=SC2086  # список имён
    apt-get "$@" install -y --download-only --no-install-recommends $CARRIED
    mv "$work"/archives/*.deb "$debs/"
    (cd "$debs" && for deb in *.deb; do
        dpkg-deb --field "$deb"
        echo "Filename: ./$deb"
        echo "Size: $(stat -c %s "$deb")"
        echo "SHA256: $(sha256sum "$deb" | cut -d ' ' -f 1)"
        echo
    done) >"$debs/Packages"
    rm -rf "$work"
done

(cd "$TREE" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >../sums && mv ../sums SHA256SUMS)
tar -czf "$OUT/$NAME.tar.gz" -C "$OUT" --owner=0 --group=0 "$NAME"
(cd $OUT && sha256sum "$NAME.tar.gz" >"$NAME.tar.gz.sha256")
rm -rf "$TREE"
ls -sh "$OUT/$NAME.tar.gz"
