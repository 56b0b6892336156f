# What a call is told of its operation: what the runner needs to know of an open one, and what became of one that
# is not open any more.

# late TOKEN: tells what became of it and ends with its exit code.
late() {
  closed_as "$1" || {
    emit late unknown "there is no operation $1 here"
    exit $FAILED
  }
  record_get text "$closed"
  emit late "$outcome" "$value"
  outcome_code
  exit $late_code
}

outcome_code() {
  case $outcome in
    undone) late_code=$UNDONE ;;
    undo-failed) late_code=$UNDO_FAILED ;;
    *) late_code=$FAILED ;;
  esac
}

# late_soon TOKEN: the operation is being undone: waits for its end, then tells.
late_soon() {
  soon=0
  while record_is "$1" && [ $soon -lt 6000 ]; do
    pause 0.1
    soon=$((soon + 1))
    if [ $((soon % 50)) -eq 0 ]; then
      adopt_orphan "$1"
      emit waiting "the undo"
    fi
  done
  late "$1"
}

# require TOKEN: goes on only while the operation takes calls; else tells what became of it.
require() {
  if record_is "$1" open; then
    if guardian_alive; then return 0; fi
    # Just begun: it registers itself within milliseconds.
    pause 0.2
    if guardian_alive; then return 0; fi
    adopt_orphan "$1"
  fi
  late_soon "$1"
}

# known TOKEN: answers for an operation that was begun before; fails when it never was.
known() {
  if record_is "$1"; then
    adopt_orphan "$1" && late_soon "$1"
    record_get phase
    [ "$value" = open ] || late_soon "$1"
    describe
  elif closed_as "$1"; then
    late "$1"
  else
    return 1
  fi
}

# describe: what the runner needs to know of the open operation.
describe() {
  if record_get previous && [ -n "$value" ]; then
    describe_id=$value
    emit previous "$describe_id"
    describe_release "$describe_id"
  fi
  describe_unconfirmed
  record_get new || value=
  describe_new=$value
  record_get operation
  case $value in
    rollback) describe_gated=$describe_new ;;
    restore) describe_gated=${describe_id:-} ;;
    *) describe_gated= ;;
  esac
  if [ -n "$describe_gated" ]; then
    for describe_name in health-url health-expect; do
      field "$dot/releases/$describe_gated/$describe_name"
      emit "$describe_name" "$value"
    done
  fi
  if record_get source; then emit source "$value"; fi
  emit begun "$describe_new"
}

# describe_release ID: the running release; its digest only when it is confirmed, so that only then a
# deploy of the same counts as unchanged.
describe_release() {
  for describe_name in sha run-id; do
    field "$dot/releases/$1/$describe_name"
    [ -z "$value" ] || emit "previous-${describe_name%-id}" "$value"
  done
  field "$dot/releases/$1/digest"
  [ -n "$value" ] || return 0
  history_table | awk -v id="$1" '$3 == "confirmed" && $5 == id { c = 1 } END { exit !c }' || return 0
  emit previous-digest "$value"
}

# describe_unconfirmed: a release that the server activated by itself and nobody has gated.
describe_unconfirmed() {
  history_table | awk '$4 == "deploy" || $4 == "rollback" { o = $3; n = $5 } END { if (o == "unconfirmed") print n }' |
    while IFS= read -r describe_new; do emit unconfirmed "$describe_new"; done
}
