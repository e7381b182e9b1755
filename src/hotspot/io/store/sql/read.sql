-- Every version that was recorded until $1 in the feed $2, with when it ended.

-- name: as said
with held as (
    select * from versions where recorded_at <= $1 and feed = $2
)
select id, known_at, superseded_at,
    "start", "end", category, x, y, position_error, time_precision, discovered, source
from (
    select h.*, min(known_at) over (
        partition by id order by order_at rows between 1 following and unbounded following) as superseded_at
    from held h
) t
where not deleted
order by known_at, id;

-- Nothing is known before it was recorded, archives apart. A version that came when a later one stood already never
-- stood; of several that came at once, the last one stands.
-- name: as recorded
with held as (
    select v.*,
        case when i.archive then order_at else greatest(order_at, v.recorded_at) end as since,
        max(order_at) over (
            partition by id order by v.ingest, order_at rows between unbounded preceding and 1 preceding
        ) as stood_before
    from versions v join ingests i on i.number = v.ingest
    where v.recorded_at <= $1 and v.feed = $2
),
stood as (
    select h.*,
        case when known_at is not null then since end as seen_at,
        row_number() over (partition by id, since order by ingest desc, order_at desc) as latest
    from held h where stood_before is null or stood_before < order_at
)
select id, seen_at as known_at, superseded_at,
    "start", "end", category, x, y, position_error, time_precision, discovered, source
from (
    select s.*, min(seen_at) over (
        partition by id order by since rows between 1 following and unbounded following) as superseded_at
    from stood s where latest = 1
) t
where not deleted
order by known_at, id;
