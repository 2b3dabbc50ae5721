/**
 * What SQL Server's error numbers and its driver's codes mean.
 *
 * Sources: Microsoft Learn, "Database Engine events and errors" and "Troubleshoot connectivity
 * issues and other errors" (the transient list of Azure SQL Database); the codes that tedious
 * 20.3.9 and mssql 12.7.14 make themselves, in `tedious/lib/connection.js`, `mssql/lib/base` and
 * `mssql/lib/tedious`.
 */

import type { DatabaseTrouble } from "./database_trouble.ts";

const troublesByNumber = new Map<number, DatabaseTrouble>([
  [20, "connection"], // the instance does not support encryption, or broke off
  [64, "connection"], // the connection was broken during login
  [233, "connection"], // the connection was broken before login
  [596, "connection"], // the session is being ended
  [926, "connection"], // the database is being recovered
  [4221, "connection"], // a secondary replica is not ready
  [6005, "connection"], // shutdown in progress
  [10053, "connection"],
  [10054, "connection"],
  [10060, "connection"],
  [17142, "connection"], // the server is paused
  [17809, "connection"], // too many connections
  [40143, "connection"],
  [40197, "connection"], // the service is failing over
  [40540, "connection"],
  [40613, "connection"], // the database is not available at present

  [18452, "login"], // the login is from an untrusted domain
  [18456, "login"], // login failed
  [18470, "login"], // the account is disabled
  [18486, "login"], // the account is locked
  [18487, "login"], // the password has expired
  [18488, "login"], // the password must be changed

  [911, "database"], // the database does not exist
  [916, "database"], // the user may not enter the database
  [4060, "database"], // cannot open the database
  [4064, "database"], // cannot open the user's default database

  [615, "conflict"], // the database was moved while it was used
  [1205, "conflict"], // chosen as the deadlock victim
  [1222, "conflict"], // lock request time out
  [3935, "conflict"], // snapshot is not ready
  [3960, "conflict"], // snapshot update conflict
  [3961, "conflict"], // snapshot met a schema change
  [10928, "conflict"], // resource limit reached
  [10929, "conflict"], // resource limit reached
  [10936, "conflict"], // request limit reached
  [40501, "conflict"], // the service is busy
  [41302, "conflict"], // memory-optimised table: update conflict
  [41305, "conflict"], // memory-optimised table: repeatable read
  [41325, "conflict"], // memory-optimised table: serializable
  [49918, "conflict"], // not enough resources for the request
  [49919, "conflict"], // too many operations in progress
  [49920, "conflict"], // too many operations in progress

  [207, "schema"], // invalid column name
  [208, "schema"], // invalid object name
  [2812, "schema"], // stored procedure not found

  [229, "privilege"],
  [230, "privilege"],
  [262, "privilege"],
  [297, "privilege"],
  [300, "privilege"],
  [3906, "privilege"], // the database is read-only

  [701, "resources"], // not enough memory
  [1101, "resources"], // no disk space for a page
  [1105, "resources"], // the file group is full
  [9002, "resources"], // the transaction log is full
  [40544, "resources"], // the database has reached its size quota
]);

const troublesByCode = new Map<string, DatabaseTrouble>([
  ["ECLOSE", "connection"],
  ["ECONNCLOSED", "connection"],
  ["EINSTLOOKUP", "connection"],
  ["EINVALIDSTATE", "connection"], // the connection died inside a transaction
  ["ENOCONN", "connection"],
  ["ENOTOPEN", "connection"],
  ["ESOCKET", "connection"],
  ["EFEDAUTH", "login"],
  ["ELOGIN", "login"],
  ["EENCRYPT", "tls"],
  ["EABORT", "conflict"], // the server rolled the transaction back; the inner error says why
  ["ECANCEL", "timeout"],
  ["EALREADYBEGUN", "statement"],
  ["EALREADYPREPARED", "statement"],
  ["EARGS", "statement"],
  ["EDEPRECATED", "statement"],
  ["EDUPEPARAM", "statement"],
  ["EINJECT", "statement"],
  ["EJSON", "statement"],
  ["ENAME", "statement"],
  ["ENOTBEGUN", "statement"],
  ["ENOTPREPARED", "statement"],
  ["EPARAM", "statement"],
  ["EREQINPROG", "statement"],
  ["EREQUEST", "statement"],
]);

/**
 * Gives what an error number of SQL Server means. A number that is not listed is a `statement`,
 * unless its severity (`class`, 20 and above) says that the server closed the connection.
 */
export function sqlServerTrouble(number: number, severity: number = 0): DatabaseTrouble {
  return troublesByNumber.get(number) ?? (severity >= 20 ? "connection" : "statement");
}

/**
 * Gives what a code of tedious or mssql means, undefined when it is none of theirs.
 *
 * `ETIMEOUT` is used for connecting and for running: the error's class tells them apart.
 */
export function tediousTrouble(code: string, className: string): DatabaseTrouble | undefined {
  if (code === "ETIMEOUT") return className === "ConnectionError" ? "connection" : "timeout";
  return troublesByCode.get(code);
}
