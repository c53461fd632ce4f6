#!/bin/sh
# Ставит, обновляет и удаляет ОСМ на Debian 12 и 13 без интернета. Как пользоваться, написано в docs/install.md.
#   ./install.sh [--name ИМЯ_СЕРВЕРА] [--cert ФАЙЛ --key ФАЙЛ]   поставить или обновить
#   ./install.sh remove [--with-data]                            удалить программу (и данные, ключи, копии)
# Прерванную установку или обновление продолжает та же команда: сначала она вернёт всё, как было.
set -eu
umask 022

PLACE=/opt/osm
CURRENT=$PLACE/current         # ссылка на версию, которая работает
UPDATING=$PLACE/updating       # есть, пока новая версия не прошла пробный запуск; в нём прежняя версия
SETTINGS=/etc/osm/osm.env
FIRST_PASSWORD=/etc/osm/first-password
DATA=/var/lib/osm
BACKUPS=/var/backups/osm
KEPT=$DATA/before-update       # база, какой она была до обновления
UNIT=/etc/systemd/system/osm.service
COMMAND=/usr/local/bin/osm
SITE=/etc/nginx/sites-available/osm
ENABLED=/etc/nginx/sites-enabled/osm

say() { echo "ОСМ: $*"; }
fail() {
    echo "ОСМ: $*" >&2
    exit 1
}
has_systemd() { [ -d /run/systemd/system ]; }

# --- Что должно быть на сервере
check_bundle() {
    (cd "$BUNDLE" && sha256sum --check --quiet --strict SHA256SUMS) ||
        fail "Архив повреждён: контрольные суммы не сошлись. Ничего не изменено. Скопируйте его заново."
}

add_packages() {
    missing=""
    python3 -c 'import venv, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || missing="python3"
    command -v nginx >/dev/null || missing="$missing nginx"
    command -v openssl >/dev/null || missing="$missing openssl"
    [ -n "$missing" ] || return 0
    # shellcheck source=/dev/null
    debs="$BUNDLE/debs/$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
    [ -f "$debs/Packages" ] || fail "Поставьте сами, в архиве их для этой системы нет: $missing. Затем повторите."
    say "Ставлю из архива: $missing"
    no_site=$([ -e /etc/nginx ] || echo yes)
    work=$(mktemp -d) && mkdir -p "$work/lists/partial"
    echo "deb [trusted=yes] copy:$debs ./" >"$work/sources.list"
    # Только из архива: источники самой системы не спрашиваются.
    set -- -qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o "Dir::State::Lists=$work/lists" -o APT::Sandbox::User=root
    apt-get "$@" update
    # shellcheck disable=SC2086  # список имён
    DEBIAN_FRONTEND=noninteractive apt-get "$@" -o Dpkg::Use-Pty=0 install -y --no-install-recommends $missing >"$work/log" 2>&1 || {
        tail -n 20 "$work/log" >&2
        fail "Пакеты Debian не поставились: причина строкой выше."
    }
    rm -rf "$work"
    [ -z "$no_site" ] || rm -f /etc/nginx/sites-enabled/default # только что поставлен: его пример не нужен
}

add_user_and_folders() {
    id osm >/dev/null 2>&1 || useradd --system --user-group --home-dir $DATA --no-create-home --shell /usr/sbin/nologin osm
    install -d -o osm -g osm -m 750 $DATA
    install -d -o osm -g osm -m 700 $BACKUPS
    install -d -o root -g osm -m 750 /etc/osm
    install -d -m 755 $PLACE $PLACE/releases
}

# До 1.1 программу ставили вручную прямо в /opt/osm: она становится одной из версий.
adopt_old_layout() {
    [ -f $PLACE/app.py ] || [ -d $PLACE.by-hand ] || return 0
    stop_program
    [ -d $PLACE.by-hand ] || mv $PLACE $PLACE.by-hand
    install -d -m 755 $PLACE $PLACE/releases
    cp "$BUNDLE/program/deploy/osm" "$BUNDLE/program/deploy/osm.service" $PLACE.by-hand/deploy/
    link $PLACE/releases/by-hand
    mv $PLACE.by-hand $PLACE/releases/by-hand
    start_program # пока готовится новая версия
}

# --- Настройки: пишутся один раз, обновление их не трогает
new_key() { python3 -c 'import secrets; print(secrets.token_urlsafe(32))'; }

cores() { # по веб-процессу на ядро; больше 16 одному серверу не нужно
    number=$(nproc)
    [ "$number" -le 16 ] || number=16
    echo "$number"
}

add_settings() {
    [ ! -f $SETTINGS ] || return 0
    (
        umask 077
        # Прежде настроек: по нему видно, что первого администратора ещё нет.
        python3 -c 'import secrets; print("-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4)) for _ in range(3)))' >$FIRST_PASSWORD
        sed -e "s|^OSM_SECRET_KEY=.*|OSM_SECRET_KEY=$(new_key)|" -e "s|^OSM_ENCRYPTION_KEY=.*|OSM_ENCRYPTION_KEY=$(new_key)|" \
            -e "s|^#*OSM_BASE_URL=.*|OSM_BASE_URL=https://$SERVER|" \
            -e "s|^OSM_WEB_PROCESSES=.*|OSM_WEB_PROCESSES=$(cores)|" "$BUNDLE/program/deploy/osm.env.example" >$SETTINGS.part
    )
    mv $SETTINGS.part $SETTINGS
}

add_site() {
    if [ -n "$CERT" ]; then
        install -m 644 "$CERT" /etc/osm/tls.pem
        install -m 600 "$KEY" /etc/osm/tls.key
    elif [ ! -f /etc/osm/tls.pem ]; then
        say "Сертификата нет: делаю свой, браузеры предупредят о нём. Замените: $0 --cert ФАЙЛ --key ФАЙЛ"
        (umask 077 && openssl req -x509 -newkey rsa:2048 -nodes -days 825 -subj "/CN=$SERVER" \
            -addext "subjectAltName=DNS:$SERVER" -keyout /etc/osm/tls.key -out /etc/osm/tls.part 2>/dev/null)
        mv /etc/osm/tls.part /etc/osm/tls.pem
    fi
    if [ ! -f $SITE ]; then
        install -d /etc/nginx/sites-available /etc/nginx/sites-enabled
        sed "s/osm\.example\.org/$SERVER/" "$BUNDLE/program/deploy/nginx.conf" >$SITE.part
        mv $SITE.part $SITE
        ln -sf $SITE $ENABLED
    fi
    nginx -tq || fail "nginx не принял свои настройки: причина строкой выше. Исправьте и повторите."
    ! has_systemd || { systemctl -q enable nginx && systemctl reload-or-restart nginx; }
}

# --- Версии: лежат рядом, ссылка current указывает на одну
link() {
    ln -sfn "$1" $CURRENT.part
    mv -T $CURRENT.part $CURRENT
}

prepare_release() {
    [ "$(cat "$NEW/.ready" 2>/dev/null)" != "$(python3 -V)" ] || return 0
    say "Готовлю версию $VERSION."
    rm -rf "$NEW"
    cp -R "$BUNDLE/program" "$NEW"
    python3 -m venv --without-pip "$NEW/.venv"
    pip=$(echo "$BUNDLE"/wheels/pip-*.whl)
    "$NEW/.venv/bin/python" "$pip/pip" install --quiet --disable-pip-version-check --no-index --find-links "$BUNDLE/wheels" \
        --require-hashes -r "$NEW/requirements.txt"
    (cd "$NEW" && .venv/bin/python -m compileall -q osm moderation)
    python3 -V >"$NEW/.ready"
}

as_osm() ( # из каталога версии, с настройками сервера, от имени osm
    cd "$1" || exit
    shift
    set -a
    # shellcheck source=/dev/null
    . $SETTINGS
    set +a
    umask 077
    exec runuser -u osm -- "$@"
)
osm_of() {
    release=$1
    shift
    as_osm "$release" .venv/bin/python -m flask --app app osm "$@"
}

# --- Служба
answers() ( # кто-то слушает порт программы
    # shellcheck source=/dev/null
    . $SETTINGS
    python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)' "${HOST:-127.0.0.1}" "${PORT:-5000}" 2>/dev/null
)

works() ( # программа отвечает, а не только занимает порт
    # shellcheck source=/dev/null
    . $SETTINGS
    python3 -c 'import http.client, sys
asked = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=5)
asked.request("GET", "/healthz")
sys.exit(asked.getresponse().status != 200)' "${HOST:-127.0.0.1}" "${PORT:-5000}" 2>/dev/null
)

stop_program() {
    if has_systemd; then
        [ ! -f $UNIT ] || systemctl stop osm
    elif [ -f $SETTINGS ] && answers; then
        fail "Программа запущена не службой. Остановите её и повторите. Ничего не изменено."
    fi
}

start_program() {
    install -m 755 $CURRENT/deploy/osm $COMMAND
    install -D -m 644 $CURRENT/deploy/osm.service $UNIT
    if has_systemd; then
        systemctl daemon-reload
        systemctl -q enable osm
        systemctl restart osm
    else
        say "systemd здесь не работает: запустите программу сами командой ExecStart из $UNIT."
    fi
}

wait_for_program() {
    has_systemd || return 0
    for _ in $(seq 60); do
        ! works || return 0
        sleep 1
    done
    fail "Версия $VERSION стоит, но служба не отвечает. Причина: journalctl -u osm -n 20"
}

# --- База до обновления и обратно
database() (
    set -a
    # shellcheck source=/dev/null
    . $SETTINGS
    echo "${OSM_DATABASE_URL:-sqlite:///$DATA/osm.sqlite3}"
)

COPY_FILE='import sqlite3, sys
source, target = (sqlite3.connect(path) for path in sys.argv[1:])
source.backup(target)'

EMPTY_POSTGRESQL='import os
from sqlalchemy import create_engine, text
with create_engine(os.environ["OSM_DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:", 1)).begin() as connection:
    connection.execute(text("DROP SCHEMA public CASCADE"))
    connection.execute(text("CREATE SCHEMA public"))'

keep_database() {
    rm -rf $KEPT $KEPT.part
    install -d -o osm -g osm -m 700 $KEPT.part
    case $(database) in
    sqlite*)
        file=$(database) && file=${file#sqlite:///}
        [ ! -f "$file" ] || runuser -u osm -- python3 -c "$COPY_FILE" "$file" $KEPT.part/osm.sqlite3
        ;;
    *) [ -z "$OLD" ] || osm_of "$OLD" copy-database sqlite:///$KEPT.part/osm.sqlite3 >/dev/null ;;
    esac
    mv $KEPT.part $KEPT
}

put_database_back() {
    [ -f $KEPT/osm.sqlite3 ] || return 0
    case $(database) in
    sqlite*)
        file=$(database) && file=${file#sqlite:///}
        rm -f "$file-wal" "$file-shm" && cp -p $KEPT/osm.sqlite3 "$file.part" && mv "$file.part" "$file"
        ;;
    *)
        to=$(database)
        as_osm "$OLD" .venv/bin/python -c "$EMPTY_POSTGRESQL" && as_osm "$OLD" env "OSM_DATABASE_URL=sqlite:///$KEPT/osm.sqlite3" \
            .venv/bin/python -m flask --app app osm copy-database "$to" --force >/dev/null
        ;;
    esac
}

go_back() {
    say "Возвращаю программу и базу, какими они были."
    OLD=$(cat $UPDATING)
    put_database_back || return # нет: отметка остаётся, и служба не запустится
    [ -z "$OLD" ] || link "$OLD"
    rm -f $UPDATING
    rm -rf $KEPT
    if [ -n "$OLD" ]; then
        start_program
        say "Работает прежняя версия: $(basename "$OLD")."
    fi
}

on_exit() {
    status=$?
    trap - EXIT
    if [ -f $UPDATING ]; then
        go_back || echo "ОСМ: Вернуть не получилось, программа не запущена. Исправьте причину и повторите эту же команду." >&2
    fi
    exit $status
}

# --- Что просят
change_version() {
    stop_program
    if [ -n "$OLD" ]; then
        backup="$BACKUPS/before-$(basename "$NEW")-$(date +%Y%m%d-%H%M%S).zip"
        osm_of "$OLD" backup "$backup" || {
            start_program
            fail "Копия не записана, обновление не начато. Работает прежняя версия."
        }
    fi
    keep_database
    echo "$OLD" >$UPDATING.part
    mv $UPDATING.part $UPDATING
    say "Пробный запуск версии $VERSION. До его конца программа никому не отвечает."
    as_osm "$NEW" .venv/bin/python deploy/trial_start.py || fail "Версия $VERSION не прошла пробный запуск: причина выше."
    link "$NEW"
    rm -f $UPDATING
    rm -rf $KEPT
}

remove_old_releases() {
    for one in "$PLACE"/releases/*; do
        [ "$one" = "$NEW" ] || [ "$one" = "$OLD" ] || rm -rf "$one"
    done
}

greet() {
    if [ -f $FIRST_PASSWORD ]; then
        osm_of "$CURRENT" create-user admin --name Администратор --role admin --password-stdin --must-change \
            <$FIRST_PASSWORD 2>$FIRST_PASSWORD.log || grep -q 'уже занят' $FIRST_PASSWORD.log || fail "$(cat $FIRST_PASSWORD.log)"
        echo
        echo "Адрес: https://$SERVER   Логин: admin   Пароль на первый вход: $(cat $FIRST_PASSWORD)"
        echo "Пароль показан один раз. Запишите и ключи из $SETTINGS: без OSM_ENCRYPTION_KEY не проверить копии."
        echo
        rm -f $FIRST_PASSWORD $FIRST_PASSWORD.log
    fi
}

install_or_update() {
    check_bundle
    add_packages
    add_user_and_folders
    exec 9>$PLACE/lock
    flock -n 9 || fail "Установка уже идёт в другом окне."
    trap on_exit EXIT
    trap 'exit 1' HUP INT TERM
    [ ! -f $UPDATING ] || go_back
    adopt_old_layout
    VERSION=$(sed -n 's/^VERSION = "\(.*\)"/\1/p' "$BUNDLE/program/osm/version.py")
    NEW=$PLACE/releases/$VERSION-$(sha256sum "$BUNDLE/SHA256SUMS" | cut -c 1-8)
    OLD=$(readlink $CURRENT || true)
    has_systemd || [ "$OLD" = "$NEW" ] || stop_program # служба работает, пока готовится новая версия
    prepare_release
    add_settings
    add_site
    [ "$OLD" = "$NEW" ] || change_version
    start_program
    greet
    remove_old_releases
    wait_for_program
    say "Стоит версия $VERSION."
}

remove() {
    stop_program
    ! has_systemd || [ ! -f $UNIT ] || systemctl -q disable osm
    rm -f $UNIT $COMMAND $ENABLED $SITE
    ! has_systemd || { systemctl daemon-reload && systemctl reload-or-restart nginx; }
    rm -rf $PLACE
    if [ "$1" = --with-data ]; then
        rm -rf $DATA $BACKUPS /etc/osm
        ! id osm >/dev/null 2>&1 || userdel osm
        say "Программа, данные, ключи и копии удалены. База PostgreSQL, если она была, осталась: dropdb osm."
    else
        say "Программа удалена. Остались данные $DATA, ключи /etc/osm и копии $BACKUPS."
        say "Удалить и их: $0 remove --with-data"
    fi
}

main() {
    [ "$(id -u)" -eq 0 ] || fail "Выполните от имени root: sudo $0 $*"
    BUNDLE=$(cd "$(dirname "$0")" && pwd)
    SERVER=$(uname -n) CERT="" KEY=""
    if [ "${1:-}" = remove ]; then
        remove "${2:-}"
        return
    fi
    while [ $# -gt 0 ]; do
        case $1 in
        --name) SERVER=$2 ;;
        --cert) CERT=$2 ;;
        --key) KEY=$2 ;;
        *) fail "Неизвестное слово: $1. Вызов: $0 [--name ИМЯ] [--cert ФАЙЛ --key ФАЙЛ] | remove [--with-data]" ;;
        esac
        shift 2 || fail "После --name, --cert и --key нужно значение."
    done
    [ -z "$CERT$KEY" ] || { [ -f "$CERT" ] && [ -f "$KEY" ]; } || fail "Нужны оба файла: --cert ФАЙЛ --key ФАЙЛ."
    install_or_update
}

main "$@"
