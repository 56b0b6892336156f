# The plan that the runner (or a person's command) brings, and the look at what it would meet.

# read_plan: unpacks the plan from standard input; sets `plan` to its folder.
read_plan() {
  process_start $$
  plan=$dot/tmp/plan.$$.$started
  mkdir -p "$plan" || fail $FAILED "cannot write to $dot/tmp"
  (cd "$plan" && tar -xof -) || {
    rm -rf "$plan"
    fail $FAILED "the plan did not arrive whole"
  }
  inherit_project "$plan"
}

# inherit_project PLAN: a project that is not named is the one that runs here: another name would mean other volumes.
inherit_project() {
  field "$1/project"
  [ -z "$value" ] && [ -f "$1/strategy" ] || return 0
  inherit_from=$(current_release)
  field "$dot/releases/${inherit_from:-none}/project"
  [ -z "$value" ] || printf '%s\n' "$value" >"$1/project"
}

# whole_plan OPERATION: true for one that brings all that makes a release, and so becomes the release's record.
whole_plan() { case $1 in deploy | plan | adopt) ;; *) return 1 ;; esac }

# overlay PLAN: completes the plan of another operation than a deploy with what the running release has recorded.
overlay() (
  serving=$(current_release)
  [ -n "$serving" ] && cd "$dot/releases/$serving" 2>/dev/null || return 0
  for name in *; do
    case $name in files | digest | backup-label | schema | env.recorded) continue ;; esac
    [ -e "$1/$name" ] || cp -pR "$name" "$1/$name" || return 1
  done
)

# call_check OPERATION: the look, and what is known without the lock. Changes nothing.
call_check() {
  read_plan
  whole_plan "$1" || overlay "$plan"
  check_all "$1" "$plan"
  check_code=$?
  check_previous=$(current_release)
  if [ -n "$check_previous" ]; then
    emit previous "$check_previous"
    describe_release "$check_previous"
  fi
  case $1 in
    rollback) pick_target || check_code=1 ;;
    restore) if pick_backup; then emit fact "backup" "$picked" && warn_other_schema "$picked"; else check_code=1; fi ;;
  esac
  describe_unconfirmed
  if [ -s "$plan/files" ]; then changed_files "$check_previous"; fi
  if record_get owner; then emit fact "locked by" "$value"; fi
  if hold_reason; then emit fact "held" "$value"; fi
  rm -rf "$plan"
  return $check_code
}

# changed_files PREVIOUS: how many files of the plan would be sent.
changed_files() {
  check_old=$dot/releases/$1/files
  [ -n "$1" ] && [ -f "$check_old" ] || check_old=/dev/null
  emit fact "files to send" "$({ cat "$check_old"; echo --; cat "$plan/files"; } | awk -F '\t' '
    $0 == "--" { second = 1; next }
    !second { old[$5] = $2 $3 $4; next }
    $1 == "f" { all++; if (old[$5] != $2 $3 $4) sent++ }
    END { print sent + 0 " of " all + 0 }')"
}
