-- Again later, or given up (again is false). $1 call, $2 type of the job, $3 reason
select call_job_failed($1, $2, $3) as again
