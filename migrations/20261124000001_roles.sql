-- Group roles: what a program may do is granted to these. The login roles that programs connect as are members of one
-- each; `api migrate` makes them. Roles belong to the whole server, so another database may have made them already.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY[
        'socrate_group_api', 'socrate_group_mirror', 'socrate_group_maintenance', 'socrate_group_monitoring'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- Made by a migration of another database at the same moment.
            END;
        END IF;
    END LOOP;
END
$$;
