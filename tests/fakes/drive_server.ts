/** Google Drive on this machine: its hosts are the first part of the path. */

import { type ServedFile, serveFile } from "../support/media_site_file.ts";
import {
  accessPage,
  confirmationForm,
  confirmationJson,
  confirmationLink,
  folderPage,
  gonePage,
  infectedPage,
  quotaPage,
  unknownPage,
} from "./drive_pages.ts";

/** Something in Drive. */
export type DriveThing =
  | { kind: "file"; name: string; file: ServedFile; confirm?: "form" | "link" | "json" }
  | { kind: "document" | "spreadsheets" | "presentation"; name: string; file: ServedFile }
  | { kind: "forms" | "drawings"; name: string }
  | { kind: "folder"; name: string; entries: readonly string[] }
  | { kind: "trouble"; trouble: DriveTrouble; name?: string };

/** What Drive may say instead of giving a file. */
export type DriveTrouble =
  | "private"
  | "access page"
  | "quota"
  | "infected"
  | "rate limit"
  | "failing"
  | "unknown page"
  | "leads elsewhere"
  | "leads round"
  | "confirms another";

/** A request that Drive got. */
export interface DriveRequest {
  /** Host and path. */
  path: string;
  /** The parameters. */
  query: Record<string, string>;
  /** The headers. */
  headers: Headers;
}

/** A Drive; disposing stops it. */
export interface DriveServer extends AsyncDisposable {
  /** Its address. */
  readonly url: URL;
  /** What is in it, by id; a test may change it at any time. */
  readonly things: Map<string, DriveThing>;
  /** What was asked for. */
  readonly requests: readonly DriveRequest[];
  /** Called before each answer with the number of the request, from 1. */
  onRequest: (count: number) => void;
}

/** Starts an empty Drive on a free port. */
export function startDriveServer(): DriveServer {
  const things = new Map<string, DriveThing>();
  const requests: DriveRequest[] = [];
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      onError: () => new Response("", { status: 500 }),
    },
    (request) => {
      const url = new URL(request.url);
      const path = url.pathname.slice(1);
      const query = Object.fromEntries(url.searchParams);
      requests.push({ path, query, headers: request.headers });
      drive.onRequest(requests.length);
      return answer(request, { path, query, headers: request.headers }, things);
    },
  );
  const drive: DriveServer = {
    url: new URL(`http://127.0.0.1:${server.addr.port}`),
    things,
    requests,
    onRequest: () => {},
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return drive;
}

function answer(
  request: Request,
  asked: DriveRequest,
  things: ReadonlyMap<string, DriveThing>,
): Response {
  const { path, query } = asked;
  const [, inPath] = /\/(?:d|folders)\/([^/]+)/.exec(path) ?? [];
  const id = inPath ?? query["id"] ?? "";
  const thing = things.get(id);
  if (thing === undefined) return html(gonePage(), 404);
  if (thing.kind === "trouble") return trouble(id, asked, thing.trouble);
  switch (path) {
    case "drive.google.com/open":
      return redirect(addressOf(id, thing));
    case "drive.google.com/embeddedfolderview":
      return thing.kind === "folder" ? html(listing(thing, things)) : html(gonePage(), 404);
    case "drive.usercontent.google.com/download":
    case "drive.google.com/uc":
      if (thing.kind !== "file") return html(unknownPage(), 500);
      return confirmation(id, asked, thing) ?? fileOf(request, thing.name, thing.file);
  }
  if (path.endsWith("/export") && "file" in thing) {
    return fileOf(request, `${thing.name}.${query["format"]}`, thing.file);
  }
  return html(thing.kind === "folder" ? unknownPage() : `<title>${thing.name}</title>`);
}

function confirmation(
  id: string,
  { query, headers }: DriveRequest,
  thing: DriveThing & { kind: "file" },
): Response | undefined {
  switch (thing.confirm) {
    case "form":
      if (query["uuid"] !== undefined && query["at"] === "APZUnTV&x=1") return undefined;
      return html(confirmationForm(id, thing.name));
    case "link":
      // The cookie of the first answer has to come back with the word of confirmation.
      if (
        query["confirm"] === "a1B2" && /\bdownload_warning=a1B2\b/.test(headers.get("cookie") ?? "")
      ) {
        return undefined;
      }
      return html(confirmationLink(id), 200, {
        "Set-Cookie": "download_warning=a1B2; Domain=.google.com; Path=/; Secure",
      });
    case "json":
      return query["confirm"] === "json" ? undefined : html(confirmationJson(id));
    default:
      return undefined;
  }
}

function trouble(id: string, { path }: DriveRequest, what: DriveTrouble): Response {
  switch (what) {
    case "private":
      return redirect("https://accounts.google.com/ServiceLogin?continue=https://drive.google.com");
    case "access page":
      return html(accessPage(), 403);
    case "quota":
      return html(quotaPage());
    case "infected":
      return html(infectedPage(id));
    case "rate limit":
      return new Response("slow down", { status: 429, headers: { "Retry-After": "7" } });
    case "failing":
      return new Response("", { status: 503 });
    case "unknown page":
      return html(unknownPage());
    case "leads elsewhere":
      return redirect("https://google.com.example.org/file");
    case "leads round":
      return redirect(`https://drive.usercontent.google.com/download?id=${id}&${path}`);
    case "confirms another":
      return html(confirmationForm("1Another_File_With_Its_Own_Id_00", "x"));
  }
}

function fileOf(request: Request, name: string, file: ServedFile): Response {
  const ascii = name.replace(/[^\x20-\x7e]/g, "_").replaceAll('"', "_");
  const disposition = `attachment; filename="${ascii}"; filename*=UTF-8''${
    encodeURIComponent(name)
  }`;
  // What a test changes of the file while it is sent, such as `holdAt`, shows through.
  const served: ServedFile = Object.assign(Object.create(file), {
    headers: { "Content-Disposition": disposition, ...file.headers },
  });
  return serveFile(request, served);
}

function listing(
  folder: DriveThing & { kind: "folder" },
  things: ReadonlyMap<string, DriveThing>,
): string {
  const entries = folder.entries.map((id) => {
    const thing = things.get(id);
    return { href: addressOf(id, thing), name: thing?.name ?? "gone.bin" };
  });
  return folderPage(folder.name, entries);
}

function addressOf(id: string, thing: DriveThing | undefined): string {
  if (thing?.kind === "folder") return `https://drive.google.com/drive/folders/${id}`;
  if (thing === undefined || thing.kind === "file" || thing.kind === "trouble") {
    return `https://drive.google.com/file/d/${id}/view?usp=drive_web`;
  }
  return `https://docs.google.com/${thing.kind}/d/${id}/edit`;
}

function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { Location: location } });
}

function html(body: string, status: number = 200, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: { "Content-Type": "text/html; charset=utf-8", ...headers },
  });
}
