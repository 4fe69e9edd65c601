-- Each client knows its own rows and its own settings; every third transaction changes its mind.
function thread_init()
   connection = sysbench.sql.driver():connect()
   connection:query(string.format(
      "set session group_concat_max_len = %d, @client = %d", 2000 + sysbench.tid, sysbench.tid))
   insert = connection:prepare("insert into sysbench_crowd values (?, ?)")
   client = insert:bind_create(sysbench.sql.type.INT)
   number = insert:bind_create(sysbench.sql.type.INT)
   insert:bind_param(client, number)
   count, kept = 0, 0
end

function event()
   count = count + 1
   connection:query("begin")
   client:set(sysbench.tid)
   number:set(count)
   insert:execute()
   local found = connection:query_row(string.format(
      "select concat(count(*), ' ', @@group_concat_max_len, ' ', @client) from sysbench_crowd"
         .. " where client = %d", sysbench.tid))
   local wanted = string.format("%d %d %d", kept + 1, 2000 + sysbench.tid, sysbench.tid)
   if found ~= wanted then
      error(string.format("wanted '%s', found '%s'", wanted, found))
   end
   if count % 3 == 0 then
      connection:query("rollback")
   else
      connection:query("commit")
      kept = kept + 1
   end
end

function thread_done()
   insert:close()
   connection:disconnect()
end
