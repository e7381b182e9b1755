-- One ingest as a few statements over whole tables. `stage` holds the rows of the source, `batch` one row that says
-- which feed and when; so no value ever stands in the text of a statement.
--
-- A source has one row an id, or is a log with several. Its last word about an id says how things stand, and is compared
-- with how they stand in the store; what a log says before that is compared with all versions of the id.

-- What the source says of each id, in order: its rows, and an end where one ended without a successor.
-- name: event
create temporary table event as
with placed as (
    select s.*, coalesce(known_at, superseded_at - interval '1 microsecond', timestamp 'infinity') as place
    from stage s
),
followed as (
    select p.*,
        lead(place) over (partition by id order by place) as next_place,
        greatest(superseded_at, known_at + interval '1 microsecond') as ends_at
    from placed p
),
told as (
    select id, known_at as claimed_at, place, false as deleted, content,
        "start", "end", category, x, y, position_error, time_precision, discovered, source
    from followed
    union all
    select id, ends_at, ends_at, true, 0,
        null::timestamp, null::timestamp, null::text, null::double precision, null::double precision,
        null::double precision, null::text, null::boolean, null::text
    from followed where superseded_at is not null and (next_place is null or ends_at < next_place)
)
select t.*,
    row_number() over (partition by id order by place) as nth,
    row_number() over (partition by id order by place desc) = 1 as is_last,
    lead(claimed_at) over (partition by id order by place) as next_claim,
    max(claimed_at) over (partition by id) as top_claim
from told t;

-- How things stand in the store.
-- name: standing
create temporary table standing as
select id, content, order_at
from (
    select id, content, order_at, row_number() over (partition by id order by order_at desc) as latest
    from versions where feed = (select feed from batch)
) v
where latest = 1;

-- name: standing of staged
create temporary table standing as
select id, content, order_at
from (
    select id, content, order_at, row_number() over (partition by id order by order_at desc) as latest
    from versions where feed = (select feed from batch)
        and (id in (select id from stage) or id in (select id from lost))
) v
where latest = 1;

-- Versions of the store that an earlier row of a log may be, or whose place it would take.
-- name: before
create temporary table before as
select e.id, e.place,
    max(case when v.content = e.content then 1 else 0 end) as is_there,
    max(case when v.order_at < e.claimed_at + interval '1 second' then v.order_at end) as taken
from event e
join versions v on v.id = e.id and v.claimed_at is not distinct from e.claimed_at
where not e.is_last and v.feed = (select feed from batch)
group by e.id, e.place;

-- Which of them are known already, and where the others stand: at the moment they claim; if that is not later than what
-- is known, at the moment of the ingest. A row that was superseded before it came was known before that.
-- name: decided
create temporary table decided as
select e.*,
    s.id is not null as was_there,
    case when e.is_last then coalesce(s.content = e.content, false) else coalesce(b.is_there, 0) = 1 end as is_same,
    case
        when e.claimed_at is not null and s.id is null then e.claimed_at
        when e.claimed_at is not null and not e.is_last then coalesce(b.taken + interval '1 microsecond', e.claimed_at)
        when e.claimed_at is not null and e.claimed_at > s.order_at then e.claimed_at
        when not e.is_last and s.id is null
            then least(batch.recorded_at, e.next_claim - interval '1 microsecond')
        else greatest(
                batch.recorded_at, s.order_at + interval '1 microsecond', e.top_claim + interval '1 microsecond'
            ) + (e.nth - 1) * interval '1 microsecond'
    end as order_at
from event e
cross join batch
left join standing s on s.id = e.id
left join before b on b.id = e.id and b.place = e.place;

-- name: insert
insert into versions (
    feed, id, known_at, claimed_at, order_at, recorded_at, ingest, deleted, content,
    "start", "end", category, x, y, position_error, time_precision, discovered, source
)
select batch.feed, d.id,
    case when d.claimed_at is null and not d.was_there and batch.is_archive then null else d.order_at end,
    d.claimed_at, d.order_at, batch.recorded_at, batch.number, d.deleted, d.content,
    d."start", d."end", d.category, d.x, d.y, d.position_error, d.time_precision, d.discovered, d.source
from decided d cross join batch
where not d.is_same;

-- What the source says next of these was set aside: what stood before stands no longer.
-- name: lost
insert into versions (feed, id, known_at, claimed_at, order_at, recorded_at, ingest, deleted, content)
select feed, id, ended_at, claimed_at, ended_at, recorded_at, number, true, 0
from (
    select s.id, batch.*, s.claimed_at,
        coalesce(s.claimed_at, greatest(batch.recorded_at, s.order_at + interval '1 microsecond')) as ended_at
    from (
        select s.id, s.order_at, min(l.known_at) as claimed_at
        from standing s join lost l on l.id = s.id
        where s.content <> 0 and (l.known_at is null or l.known_at > s.order_at)
        group by s.id, s.order_at
    ) s
    cross join batch
) g;

-- A complete source no longer names these.
-- name: gone
insert into versions (feed, id, known_at, claimed_at, order_at, recorded_at, ingest, deleted, content)
select feed, id, ended_at, null, ended_at, recorded_at, number, true, 0
from (
    select s.id, batch.*, greatest(batch.recorded_at, s.order_at + interval '1 microsecond') as ended_at
    from standing s
    cross join batch
    left join (select distinct id from stage) t on t.id = s.id
    where t.id is null and s.content <> 0
) g;

-- name: counts
select
    count(*) filter (where not deleted and not is_same and not was_there) as new,
    count(*) filter (where not deleted and not is_same and was_there) as changed,
    count(*) filter (where not deleted and is_same) as unchanged,
    count(*) filter (where not deleted and not is_same and claimed_at = order_at and claimed_at < batch.newest)
        as back_dated,
    (select count(*) from versions where ingest = (select number from batch) and deleted) as deleted,
    (select max(known_at) from versions where ingest = (select number from batch)) as newest
from decided cross join batch;
