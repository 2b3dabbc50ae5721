/** What yt-dlp says of the network and of HTTP. */

import { ErrorCategory } from "../../core/mod.ts";
import { type FailureRule, passingRule, permanentRule } from "./failure_rule.ts";

const later = "run this again later";
const nothing = "check the address; nothing will come of trying again";
const network = "check the network, then run this again";

/** The server refuses, fails or cannot be reached. */
export const networkRules: readonly FailureRule[] = [
  permanentRule(
    "CERTIFICATE",
    ErrorCategory.NETWORK,
    "the server's certificate is not trusted",
    "check the clock of this machine, its certificate authorities and the address",
    /CERTIFICATE_VERIFY_FAILED|certificate verify failed/,
    "networking/exceptions.py CertificateVerifyError",
  ),
  passingRule(
    "MEDIA_REFUSED",
    ErrorCategory.NETWORK,
    "the address of the media is used up",
    "run this again; if it stays so, install a newer yt-dlp",
    /unable to download video data: HTTP Error 403|fragment.*HTTP Error 403/i,
    "YoutubeDL.py process_info; yt-dlp wiki, FAQ (HTTP Error 403)",
  ),
  permanentRule(
    "HTTP_403",
    ErrorCategory.PERMISSION,
    "the server refuses it",
    "ask its owner for access",
    /HTTP Error 403/,
    "networking/exceptions.py; RFC 9110 §15.5.4",
  ),
  permanentRule(
    "HTTP_402",
    ErrorCategory.QUOTA,
    "the server wants to be paid",
    nothing,
    /HTTP Error 402/,
    "networking/exceptions.py",
  ),
  passingRule(
    "HTTP_5XX",
    ErrorCategory.NETWORK,
    "the server failed",
    later,
    /HTTP Error (?:5\d\d|408|425)/,
    "networking/exceptions.py; RFC 9110 §15.6",
  ),
  permanentRule(
    "HTTP_4XX",
    ErrorCategory.VALIDATION,
    "the server does not accept the request",
    nothing,
    /HTTP Error 4\d\d/,
    "networking/exceptions.py; RFC 9110 §15.5",
  ),
  passingRule(
    "NETWORK",
    ErrorCategory.NETWORK,
    "the server cannot be reached or the connection was lost",
    network,
    /\[Errno (?:-[2-5]|32|99|10[0-4]|11[0-3])\]|timed? ?out|Temporary failure in name resolution|Name or service not known|Connection (?:refused|reset|aborted)|Remote end closed|IncompleteRead|bytes? read, \d+ more expected|Did not get any data blocks|content too short|Unable to download (?:webpage|API page|JSON|m3u8|MPD)|Network is unreachable|No route to host|Giving up after \d+ (?:fragment )?retries|SSL|EOF occurred|unable to resume|HTTPSConnectionPool|TransportError|ProxyError/i,
    "errno(3), networking/exceptions.py, downloader/http.py, downloader/fragment.py",
  ),
];
