-- Rows are only ever added. `versions` holds each state of each record, and each deletion as a row of its own. When a
-- version ended is not kept but follows from the one after it, so nothing has to be updated.

-- name: tables
create table if not exists about (format integer not null);
create table if not exists feeds (
    feed text not null,
    number bigint not null,
    crs text not null,
    srid integer not null
);
create table if not exists ingests (
    number bigint not null,
    feed text not null,
    recorded_at timestamp not null,      -- the moment the ingest stands for
    written_at timestamp not null,       -- when it ran
    source text not null,
    sha256 text,                         -- of the file
    content text not null,               -- digest of what was read
    schema_name text,
    complete boolean not null,
    archive boolean not null,
    rows_read bigint not null,
    rows_kept bigint not null,
    set_aside text not null,
    notes text not null,
    new bigint not null,
    changed bigint not null,
    deleted bigint not null,
    unchanged bigint not null,
    back_dated bigint not null,
    newest_known_at timestamp
);
create table if not exists versions (
    feed text not null,
    id text not null,
    known_at timestamp,                  -- unknown only in archives
    claimed_at timestamp,                -- what the source says
    order_at timestamp not null,         -- where it stands among the versions of its id
    recorded_at timestamp not null,
    ingest bigint not null,
    deleted boolean not null,
    content bigint not null,             -- hash of the columns below; 0 for a deletion
    "start" timestamp,
    "end" timestamp,
    category text,
    x double precision,
    y double precision,
    position_error double precision,
    time_precision text,
    discovered boolean,
    source text
);
create or replace view current_incidents as
select feed, id, known_at, recorded_at,
    "start", "end", category, x, y, position_error, time_precision, discovered, source
from (
    select v.*, row_number() over (partition by feed, id order by order_at desc) as latest from versions v
) t
where latest = 1 and not deleted;

-- DuckDB keeps the span of each column in every block; an index would only slow its loads.
-- name: index
create index if not exists versions_by_id on versions (feed, id);

-- name: points
create or replace view current_points as
select c.feed, c.id, c.known_at, c.recorded_at,
    c."start", c."end", c.category, c.x, c.y, c.position_error, c.time_precision, c.discovered, c.source,
    ST_SetSRID(ST_MakePoint(c.x, c.y), f.srid)::geometry(Point, :srid) as geom
from current_incidents c join feeds f on f.feed = c.feed;

-- name: points of several systems
create or replace view current_points as
select c.feed, c.id, c.known_at, c.recorded_at,
    c."start", c."end", c.category, c.x, c.y, c.position_error, c.time_precision, c.discovered, c.source,
    ST_Transform(ST_SetSRID(ST_MakePoint(c.x, c.y), f.srid), :srid)::geometry(Point, :srid) as geom
from current_incidents c join feeds f on f.feed = c.feed;
