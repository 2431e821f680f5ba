{# The newest arrival morning, kept as a row: a variable would make dbt parse the whole project again each day. #}
{% macro arrived() %}
CREATE OR REPLACE TABLE arrived AS
SELECT
    max(CAST(regexp_extract(file, 'loaded_on=([0-9-]+)', 1) AS DATE)) AS morning,
    (SELECT count(*) FROM information_schema.tables WHERE table_name = 'calendar_days') = 0 AS is_first_run
FROM glob('{{ env_var("BENCH_DATA") }}/events/*/*.parquet')
{% endmacro %}

{% macro arrival() %}{% if execute %}{{ run_query("SELECT morning FROM arrived").columns[0].values()[0] }}{% endif %}{% endmacro %}

{% macro first_day() %}DATE '{{ env_var("BENCH_FIRST") }}'{% endmacro %}

{# Half-open: up to the newest morning. A run of one day builds the seven days before again, as late rows need it. #}
{% macro end_day() %}DATE '{{ arrival() }}'{% endmacro %}

{% macro start_day(rebuild) %}
{%- if rebuild %}greatest(DATE '{{ arrival() }}' - 8, {{ first_day() }}){% else %}{{ first_day() }}{% endif -%}
{% endmacro %}

{# A test follows its build: the whole history once, the rebuilt days after. #}
{% macro tested_from() %}
{%- if execute %}{{ start_day(not run_query("SELECT is_first_run FROM arrived").columns[0].values()[0]) }}{% endif -%}
{% endmacro %}

{% macro due_days() %}(SELECT day FROM {{ ref("calendar_days") }} WHERE day >= {{ tested_from() }} AND day < {{ end_day() }}){% endmacro %}

{# What a run stages: everything at first, then the newest morning's files, of which a source may have none. #}
{% macro arrived_rows(source, rebuild) %}
{%- set folder = env_var("BENCH_DATA") ~ "/" ~ source -%}
{%- set options = "hive_partitioning = false, filename = true, file_row_number = true" -%}
{%- set newest = folder ~ "/loaded_on=" ~ arrival() ~ "/*.parquet" -%}
{%- if not rebuild -%}
SELECT * FROM read_parquet('{{ folder }}/*/*.parquet', {{ options }})
{%- elif execute and run_query("SELECT count(*) FROM glob('" ~ newest ~ "')").columns[0].values()[0] -%}
SELECT * FROM read_parquet('{{ newest }}', {{ options }})
{%- else -%}
SELECT * FROM read_parquet('{{ folder }}/*/*.parquet', {{ options }}) LIMIT 0
{%- endif -%}
{% endmacro %}
