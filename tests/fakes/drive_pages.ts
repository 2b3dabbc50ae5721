/** The web pages of Google Drive, as far as downloads meet them. */

/** The page for a file that is too large to be searched for viruses, since 2024. */
export function confirmationForm(id: string, name: string): string {
  return page(
    "Google Drive - Virus scan warning",
    `<div class="uc-main"><div id="uc-text">
     <p class="uc-warning-caption">Google Drive can't scan this file for viruses.</p>
     <p class="uc-warning-subcaption"><span class="uc-name-size"><a href="/open?id=${id}">${
      text(name)
    }</a> (132M)</span> is too large for Google to scan for viruses. Would you still like to download
     this file?</p>
     <form id="download-form" action="https://drive.usercontent.google.com/download" method="get">
     <input type="submit" id="uc-download-link" value="Download anyway"/>
     <input type="hidden" name="id" value="${id}"><input type="hidden" name="export" value="download">
     <input type="hidden" name="authuser" value="0"><input type="hidden" name="confirm" value="t">
     <input type="hidden" name="uuid" value="11111111-2222-3333-4444-555555555555">
     <input type="hidden" name="at" value="APZUnTV&amp;x=1"></form></div></div>`,
  );
}

/** The same page as it was before: a link with a word of confirmation, which a cookie repeats. */
export function confirmationLink(id: string): string {
  return page(
    "Google Drive - Virus scan warning",
    `<p class="uc-warning-caption">Google Drive can't scan this file for viruses.</p>
     <a id="uc-download-link" href="/uc?export=download&amp;confirm=a1B2&amp;id=${id}">Download anyway</a>`,
  );
}

/** A page with the address in JSON. */
export function confirmationJson(id: string): string {
  const address = `https://drive.usercontent.google.com/download?id=${id}&confirm=json`;
  const escaped = address.replaceAll("=", "\\u003d").replaceAll("&", "\\u0026");
  return page("file", `<script>window.x = {"downloadUrl":"${escaped}","n":1}</script>`);
}

/** The page for a file in which a virus was found. */
export function infectedPage(id: string): string {
  return page(
    "Google Drive - Infected file",
    `<p class="uc-warning-caption">Sorry, this file is infected with a virus</p>
     <p class="uc-warning-subcaption">Only the owner is allowed to download infected files.</p>
     <form id="download-form" action="https://drive.usercontent.google.com/download">
     <input type="hidden" name="id" value="${id}"><input type="hidden" name="confirm" value="t">
     <input type="hidden" name="uuid" value="11111111-2222-3333-4444-555555555555"></form>`,
  );
}

/** The page for a file that too many people have downloaded. */
export function quotaPage(): string {
  return page(
    "Google Drive - Quota exceeded",
    `<p class="uc-error-caption">Sorry, you can't view or download this file at this time.</p>
     <p class="uc-error-subcaption">Too many users have viewed or downloaded this file recently.
     Please try accessing the file again later. If the file you are trying to access is particularly
     large or is shared with many people, it may take up to 24 hours to be able to view or download
     the file.</p>`,
  );
}

/** The page of a 404. */
export function gonePage(): string {
  return page(
    "Error 404 (Not Found)!!1",
    "<p><b>404.</b> <ins>That's an error.</ins><p>The requested URL was not found on this server.",
  );
}

/** The page for a file that is not shared, where no redirect leads to the sign-in page. */
export function accessPage(): string {
  return page("Google Drive: Access Denied", "<h1>You need access</h1><p>Request access</p>");
}

/** A page that says nothing that is known. */
export function unknownPage(): string {
  return page("Something new", "<h1>We have redesigned this page</h1>");
}

/** The page of a folder for other sites. */
export function folderPage(
  title: string,
  entries: readonly { href: string; name: string }[],
): string {
  const list = entries.map(({ href, name }, index) =>
    `<div class="flip-entry" id="entry-${index}" tabindex="0" role="link"><div class="flip-entry-info">
     <a href="${href}" target="_blank"><div class="flip-entry-visual"></div>
     <div class="flip-entry-title">${text(name)}</div></a></div></div>`
  );
  return page(title, `<div class="flip-entries">${list.join("")}</div>`);
}

function page(title: string, body: string): string {
  return `<!DOCTYPE html><html><head><title>${
    text(title)
  }</title></head><body>${body}</body></html>`;
}

function text(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
