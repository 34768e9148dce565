-- On which nodes a batch's jobs run, on whose account, and with how many tasks: the words of the recipe's request, such as
-- 'constraint=avx512 qos=high tasks=4 nodes=2'. Empty: one task on one node, anywhere.
alter table batch add column placement text not null default '';
