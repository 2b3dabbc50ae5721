-- Data requests, their checksums and their runs. SQL Server 2016 or later. The same tables and
-- columns as in postgresql/; times are in UTC.

create table "DataRequestType" (
  "DataRequestTypeID" bigint identity(1, 1) not null
    constraint "PK_DataRequestType" primary key,
  "Name" nvarchar(200) not null
    constraint "UQ_DataRequestType_Name" unique,
  -- Where the importer looks for files; both may contain {DistrictID}.
  "SftpDirectory" nvarchar(500) not null,
  -- Where it puts them when they are imported.
  "ProcessedDirectory" nvarchar(500) null
);

create table "DataRequest" (
  "RequestID" bigint identity(1, 1) not null
    constraint "PK_DataRequest" primary key,
  "DistrictID" bigint not null,
  "DataRequestTypeID" bigint not null
    constraint "FK_DataRequest_Type" references "DataRequestType" ("DataRequestTypeID"),
  "ImportedFileName" nvarchar(400) null,
  -- 1 pending, 2 queued, 3 processing, 4 completed, 5 failed, 6 cancelled
  "Status" int null
    constraint "DF_DataRequest_Status" default 1
    constraint "CK_DataRequest_Status" check ("Status" between 1 and 6),
  "RequestTime" datetime2(3) null
    constraint "DF_DataRequest_Time" default sysutcdatetime()
);

-- The latest request of a district and type in a status is one seek, however many there are.
create index "IX_DataRequest_Latest"
  on "DataRequest"
    ("DistrictID", "DataRequestTypeID", "Status", "RequestTime" desc, "RequestID" desc);

-- What was requested of a type in the last days.
create index "IX_DataRequest_Recent"
  on "DataRequest" ("DataRequestTypeID", "RequestTime")
  include ("DistrictID", "Status");

create table "DataRequestChecksum" (
  "DataRequestChecksumID" bigint identity(1, 1) not null
    constraint "PK_DataRequestChecksum" primary key,
  "RequestID" bigint not null
    constraint "FK_DataRequestChecksum_Request" references "DataRequest" ("RequestID"),
  "ChecksumKey" nvarchar(200) not null,
  "ChecksumValue" nvarchar(400) not null
);

create index "IX_DataRequestChecksum_Request"
  on "DataRequestChecksum" ("RequestID", "ChecksumKey");

create table "DataRequestRun" (
  "DataRequestRunID" bigint identity(1, 1) not null
    constraint "PK_DataRequestRun" primary key,
  "RequestID" bigint not null
    constraint "FK_DataRequestRun_Request" references "DataRequest" ("RequestID"),
  "RequestedBy" nvarchar(200) not null,
  "RequestedAt" datetime2(3) not null,
  "Reason" nvarchar(1000) null
);

create index "IX_DataRequestRun_Request"
  on "DataRequestRun" ("RequestID", "RequestedAt");
