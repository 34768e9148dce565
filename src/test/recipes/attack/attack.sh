#!/bin/bash
# The scene's name says what this script does to Swath. The files secret and victim lie beside the storage.
home=$(cd "$SWATH_WORK/../../.." && pwd)
secret=$home/secret victim=$home/victim
attack=${SWATH_SCENE%-*}
tiles=$SWATH_WORK/tiles/$SWATH_STEP
evidence=$SWATH_BATCH/evidence/$SLURM_ARRAY_TASK_ID.json
log=$SWATH_BATCH/logs/$SLURM_ARRAY_TASK_ID.log

copy() {
  gdal_translate -q -of GTiff -srcwin "$SWATH_CORE_X" "$SWATH_CORE_Y" "$SWATH_CORE_WIDTH" "$SWATH_CORE_HEIGHT" \
    "$SWATH_INPUT" "$SWATH_OUTPUT"
}

kill_wrapper() { # so that nothing replaces what was planted
  local parent=$PPID
  [[ $(</proc/$parent/comm) != time ]] || read -r _ _ _ parent _ <"/proc/$parent/stat"
  kill -KILL "$parent"
  exit 1
}

await_evidence() { # until the task of tile 0 has ended
  until [[ -e $SWATH_BATCH/evidence/0.json ]]; do sleep 0.1; done
}

case $attack in
  evidence-link) ln -sf "$secret" "$evidence"; kill_wrapper ;;
  evidence-pipe) mkfifo "$evidence"; kill_wrapper ;;
  evidence-device) mknod "$evidence" c 1 5; kill_wrapper ;;
  evidence-huge) truncate -s 4G "$evidence"; kill_wrapper ;;
  evidence-deep) printf '[%.0s' {1..30000} >"$evidence"; kill_wrapper ;;
  evidence-forged)
    echo '{"job":"1","outcome":"ok","output":{"path":"../../../secret","size":12,"sha256":"00"}}' >"$evidence"
    kill_wrapper ;;
  log-link) ln -sf "$secret" "$log"; exit 74 ;;
  log-pipe) rm -f "$log"; mkfifo "$log"; exit 74 ;;
  log-huge) head -c 200M /dev/zero | tr '\0' 'x'; exit 3 ;;
  exit-*) exit "${attack#exit-}" ;;
  planted)
    for number in {2..9}; do # the folders of the batches that come next, with links at every name
      next=${SWATH_BATCH%-*}-$number
      [[ ! -e $next ]] || continue
      mkdir -p "$next"/{logs,evidence,bin,product,delivery}
      for name in job.sh tiles.tsv mosaic.json mosaic.tsv logs/0.log evidence/0.json bin/assemble.py product/preview.png \
        product/product.json delivery/runs.csv delivery/.runs.csv.part delivery/item.json; do
        ln -sf "$victim" "$next/$name"
        ln -sf "$victim" "$next/${name%/*}/.${name##*/}.part" 2>/dev/null
      done
    done
    mkdir -p "$SWATH_WORK/../../delivered/.$SWATH_SCENE.part" 2>/dev/null
    copy ;;
  tile-*)
    if [[ $SWATH_TILE == 1 ]]; then
      await_evidence
      case $attack in
        tile-rewritten) printf 'forged' | dd of="$tiles/0.tif" bs=1 seek=4096 conv=notrunc status=none ;;
        tile-link) ln -sf "$secret" "$tiles/0.tif" ;;
        tile-pipe) rm "$tiles/0.tif"; mkfifo "$tiles/0.tif" ;;
        tile-gone) rm "$tiles/0.tif" ;;
      esac
    fi
    copy ;;
  background)
    setsid bash -c 'exec -a swath-left-1 sleep 600' >/dev/null 2>&1 &
    (env -i setsid bash -c 'exec -a swath-left-2 sleep 600' >/dev/null 2>&1 &)
    copy ;;
  environment)
    grep -sao 'DATABASE_PASSWORD=[^[:cntrl:]]*' /proc/[0-9]*/environ >"$SWATH_NOTE"
    env | grep -i password >>"$SWATH_NOTE"
    copy ;;
  scripts)
    chmod -R u+w "$SWATH_WORK/recipe" "$SWATH_BATCH"
    for file in "$SWATH_WORK"/recipe/attack/attack.sh "$SWATH_BATCH"/../*/job.sh; do echo 'exit 9' >"$file"; done
    exit 1 ;;
  tiles-link) mv "$SWATH_WORK/tiles" "$SWATH_WORK/moved"; ln -s "$home/victims" "$SWATH_WORK/tiles"; exit 1 ;;
  *) copy ;;
esac
