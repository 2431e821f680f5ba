"""The policy of escalation, read naively: the whole story replayed on a grid of ticks, listing who is paged when."""

from itertools import count

TICK_MIN = 5
HALF_HOUR, HOUR = 30 // TICK_MIN, 60 // TICK_MIN


def pages_due(story, team, until):
    """(tick, person, PIPELINE/STEP) of every page due up to `until`; `story` is tick -> acts, in order."""
    due, page_at, joined, fired, paged, held, rounds, over, joins = [], {}, {}, {}, set(), None, [0], None, count()

    def firsts(p):
        return [i for i, step in enumerate(team.policies[p]) if step.while_ == "unacknowledged"]

    def is_new(p, people):
        return any((who, joined[p], len(rounds)) not in paged for who in people)

    def people(p, i, t):
        last = i in (len(team.policies[p]) - 1, max(firsts(p), default=-1))
        return team.names(team.policies[p][i].page, t) or (team.names(("manager",), t) if last else ())

    def fire(p, i, t):
        repeats, fired[key(p, i)], found = key(p, i) in fired, t, people(p, i, t)
        if i in firsts(p)[:-1] and not repeats and not is_new(p, found):
            for j in [j for j in firsts(p) if j > i and key(p, j) not in fired][:1]:
                if team.is_open(team.policies[p][j], t) and (j != firsts(p)[-1] or is_new(p, people(p, j, t))):
                    fire(p, j, t)
        else:
            due.extend((t, who, f"{p}/{i + 1}") for who in found)
            paged.update((who, joined[p], len(rounds)) for who in found)

    def key(p, i):
        return (joined[p], i, len(rounds) if i in firsts(p) else 0)

    for t, (act, *what) in [(t, act) for t in range(until + 1) for act in [("look",), *story.get(t, ())]]:
        page_at, over = (page_at | {what[0]: what[1]}, None) if act == "signal" else (page_at, over)
        page_at = {p: at for p, at in page_at.items() if act != "clear" or p != what[0]}
        held = None if act == "resolve" or not page_at else (*what, t) if act == "acknowledge" else held
        over = t + HOUR if act == "resolve" else over
        joined = {p: at for p, at in joined.items() if p in page_at and act != "resolve"}
        if over is not None and t < over:
            continue
        if held and (t == held[1] or any(held[2] < at == t - HALF_HOUR for at in team.leaves(held[0]))):
            held, rounds = None, [*rounds, t]
        for p in [p for p in sorted(page_at) if p not in joined and page_at[p] <= t]:
            joined[p] = (t, next(joins))
            held, rounds = (None, [*rounds, t]) if held and p in team.investors else (held, rounds)
        for p, i, step in [(p, i, step) for p in sorted(joined) for i, step in enumerate(team.policies[p])]:
            start = max(joined[p][0], rounds[-1]) if i in firsts(p) else joined[p][0]
            wait, since = (step.repeat_every, fired[key(p, i)]) if key(p, i) in fired else (step.after, start)
            rests = (held and i in firsts(p)) or (step.while_ == "impact" and not team.is_harmed(page_at, t))
            if wait is not None and not rests and team.is_open(step, t) and team.open_time(step, since, t) >= wait:
                fire(p, i, t)
    return due
