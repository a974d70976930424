"""Every bound of the platform in one place: queues, loops, retries, payloads.

A bound that is reached is an answer with a reason, never a silent cut.
"""

from __future__ import annotations

from typing import Final

# --- what may come in -------------------------------------------------------------------------
MAX_LINE_BYTES: Final = 1_048_576
"""Longest line of a text feed; a longer one is refused with its row number."""

MAX_FIELD_CHARS: Final = 100_000
"""Longest single field of a row."""

MAX_ID_CHARS: Final = 128
"""Longest identifier given by the outside world."""

MAX_TEXT_CHARS: Final = 20_000
"""Longest free text of a report."""

MAX_COLUMNS: Final = 1_000
"""Most columns of a table that is read."""

MAX_ROWS: Final = 10_000_000
"""Most rows of one file of a feed."""

MAX_EXPANDED_BYTES: Final = 4_294_967_296
"""Most bytes a compressed file may grow to."""

MAX_KEPT_RAW_CHARS: Final = 4_096
"""How much of a refused row is kept for correction."""

# --- reports taken from people --------------------------------------------------------------------

MAX_REPORT_CHARS: Final = 100_000
"""Longest text that somebody tells; a longer one is refused, and can be added as a document."""

MAX_TITLE_CHARS: Final = 500
"""Longest title of such a report."""

MAX_PLACE_CHARS: Final = 1_000
"""Longest description of a place in words."""

MAX_ATTRIBUTES: Final = 50
"""Most further things that are told of a report, and most that are told of its reporter."""

MAX_ATTRIBUTE_CHARS: Final = 1_000
"""Longest of them."""

MAX_PERSONAL_CHARS: Final = 500
"""Longest thing told of a reporter."""

MAX_PUBLIC_REPORTS_S: Final = 0.1
"""Reports a second that one address tells without an account, in the long run."""

MAX_PUBLIC_REPORTS_BURST: Final = 20
"""Such reports of one address at once: a family, or a help point, shares one."""

MAX_RECEIPTS_S: Final = 1.0
"""Questions a second of one address about receipts, in the long run."""

MAX_RECEIPTS_BURST: Final = 60
"""Such questions of one address at once."""

# --- files that show how it was ------------------------------------------------------------------

MAX_UPLOAD_BYTES: Final = 26_214_400
"""Largest file that is taken; a larger one is refused before it is read."""

MAX_UPLOADS_WAITING: Final = 16
"""Most files of one sender that are not whole, or not added to anything yet."""

MAX_UPLOADING_BYTES: Final = 209_715_200
"""Most bytes of them together."""

MAX_ALL_UPLOADS: Final = 4_096
"""Most files of all senders that wait like this."""

MAX_UPLOAD_H: Final = 24
"""So long a file waits to be added to something; then it goes."""

MAX_OBJECTS_BYTES: Final = 107_374_182_400
"""Most bytes of all kept files; a further one is answered "overload" until there is more room."""

MAX_PIXELS: Final = 67_108_864
"""Largest picture that is decoded; one that says more is refused before that."""

MAX_DECODED_AT_ONCE: Final = 1
"""Most pictures that are decoded at one moment: one takes some 300 MB."""

MAX_THUMBNAIL_PX: Final = 320
"""Longest side of a small picture."""

MAX_EVIDENCE_A_CASE: Final = 200
"""Most pieces of evidence of a case itself."""

MAX_EVIDENCE_A_REPORT: Final = 20
"""Most that come with a report."""

MAX_EVIDENCE_CHARS: Final = 20_000
"""Longest words that are added as evidence."""

SWEEP_S: Final = 3_600.0
"""How often kept files are looked for that nobody needs."""

# --- workbooks ---------------------------------------------------------------------------------
MAX_SHEET_ROWS: Final = 250_000
"""Most rows of a sheet that is written or imported; Excel itself ends at 1,048,576."""

MAX_WORKBOOK_CELLS: Final = 4_000_000
"""Most cells of a workbook that is imported: it is held in memory to be checked as a whole."""

MAX_WORKBOOK_BYTES: Final = 268_435_456
"""Most bytes the parts of a workbook may grow to; looked at before anything is unpacked."""

MAX_WORKBOOK_PARTS: Final = 2_000
"""Most parts of a workbook."""

# --- a city pack ------------------------------------------------------------------------------
MAX_PACK_FILE_BYTES: Final = 16_777_216
"""Largest single file of a city pack."""

MAX_MAP_BYTES: Final = 8_388_608
"""Largest file of a pack's map; screens load it whole."""

MAX_PACK_FILES: Final = 1_000
"""Most files of a city pack."""

MAX_MISTAKES: Final = 1_000
"""Most mistakes named in one check; the rest are counted."""

# --- operation --------------------------------------------------------------------------------
MAX_MANIFEST_BYTES: Final = 67_108_864
"""Largest manifest of a backup: some 300,000 files of history."""

MIN_FREE_BYTES: Final = 268_435_456
"""Room on the store's disk below which the doctor warns and the server is not ready."""

MAX_JOURNAL_BYTES: Final = 1_073_741_824
"""Largest journal (WAL) of a store before the doctor looks for a reader that holds it."""

MAX_CLOCK_AHEAD_S: Final = 5
"""How far the last fact may lie in the machine's future before its clock is doubted."""

MAX_BACKUP_AGE_H: Final = 26
"""Age of the newest backup beyond which the doctor says that the daily one is missing."""

# --- evidence ---------------------------------------------------------------------------------
MIN_VERIFIED_APART: Final = 50_000
"""Fewest facts of a chain for which a further process is started to verify them."""

MAX_SEAL_BYTES: Final = 1_048_576
"""Largest file of a seal: some thousands of partitions."""

MAX_SECRET_BYTES: Final = 65_536
"""Largest secret that a file or a variable of the environment holds."""

SEAL_S: Final = 3_600.0
"""How often a serving process seals by itself."""

# --- the engine -------------------------------------------------------------------------------
MAX_GROUP_COMMANDS: Final = 256
"""Most commands in one transaction."""

MAX_GROUP_FACTS: Final = 8_192
"""After so many facts a transaction takes no further command."""

MAX_GROUP_WAIT_MS: Final = 5
"""Longest wait for more commands before a group is committed."""

MAX_UNITS_A_COMMAND: Final = 10_000
"""Most units that one command may set off; more is a loop in the wiring."""

MAX_HOPS: Final = 64
"""Longest causal chain inside one command, returns included."""

MAX_RETRIES: Final = 3
"""How often a unit whose surroundings failed is tried again before it is set aside."""

MAX_BODY_BYTES: Final = 1_048_576
"""Largest body of one fact."""

MAX_COMMAND_BYTES: Final = 4_194_304
"""Largest command on the local socket."""

MAX_TIMERS_A_STEP: Final = 1_000
"""Most timers fired before the next input is looked at again."""

MAX_MEMBERS_MOVED: Final = 256
"""Most open reports of a case that one move reports work on; of more, each is named."""

MAX_CHANGES_TOLD: Final = 50
"""Most facts that are told to whoever decided about a case that had changed."""

MAX_REQUESTS_KEPT: Final = 1_048_576
"""Most answers to requests with a key that are kept to be given again."""

MAX_KEY_CHARS: Final = 255
"""Longest key of a request."""

MIN_PUBLIC_KEY_CHARS: Final = 16
"""Shortest one of whoever has no account: nobody else's is hit by chance."""

MAX_TRACE_FACTS: Final = 10_000
"""Most facts shown in one causal chain."""

MAX_CACHED_ROWS: Final = 65_536

MAX_MERGED_REPORTS: Final = 5_000

MAX_NAMED_TEXTS: Final = 16_384
"""Most rows of a table kept in memory beyond the resident ones."""

MAX_IDS_READ: Final = 2_000_000
"""Most facts of a store whose ids are read when it is opened, to know at once what is new."""

MAX_LOCK_TRIES: Final = 100
"""How often the writer's lock of a store is tried before another writer is believed."""

LOCK_PAUSE_S: Final = 0.05
"""Pause between two tries."""

MAX_QUEUED_COMMANDS: Final = 4_096
"""Most commands that wait for the engine; a further one is answered "busy"."""

MAX_IDLE_S: Final = 60.0
"""How long a server waits at most before it looks at its timers again."""

ANSWER_WAIT_S: Final = 30.0
"""How long a sender waits for the engine's answer."""

MAX_NUMBER: Final = 2**63 - 1
"""Largest number of a command: what a column of 64 bits holds."""

MIN_NUMBER: Final = -(2**63)
"""Smallest number of a command."""

# --- cases ------------------------------------------------------------------------------------
MAX_JOINT_PARTS: Final = 32
"""Most parts that are given out at once in a joint duty."""

MAX_FORM_DIGITS: Final = 15
"""Longest number that is filled into a form of a move."""

# --- data of persons --------------------------------------------------------------------------
MAX_GROUND_CHARS: Final = 500
"""Longest ground of a look at personal data, and longest ground or reason of a grant."""

MAX_LOOK_FIELDS: Final = 50
"""Most fields that one look opens."""

MAX_LOOKS: Final = 20
"""Most looks of one actor in a row; a further one is told to wait."""

LOOK_PAUSE_S: Final = 60.0
"""How long it takes until one more is free."""

MAX_LOOKERS: Final = 10_000
"""Most actors whose looks are counted; of more, those who looked least lately are forgotten."""

MAX_EXPIRED_A_FACT: Final = 256
"""Most records whose keys one fact says were destroyed."""

MAX_EXPIRED_FACTS: Final = 100
"""Most such facts at once; the rest follow at the next turn."""

MAX_LOOKS_SHOWN: Final = 200
"""Most looks on one page of the auditor."""

MAX_LOOKS_READ: Final = 10_000
"""Most facts of the audit chain that are read for one page; the next page goes on from there."""

# --- HTTP -------------------------------------------------------------------------------------
MAX_LIVE_FRAMES: Final = 4_096
"""Most changes kept for streams that resume; an older cursor is told to begin again."""

MAX_LIVE_BYTES: Final = 67_108_864
"""Most bytes of those changes; the oldest leave first."""

MAX_SCOPES: Final = 128
"""Most different scopes, besides everything, whose frames are kept ready for streams."""

MAX_SCOPE_BYTES: Final = 2_097_152
"""Most bytes of the changes kept for one of them; the oldest leave first."""

MAX_PLACES_KEPT: Final = 65_536
"""For how many pairs of area and unit a scope remembers whether it covers them."""

MAX_STREAMS: Final = 1_000
"""Most open streams; a further one is answered "busy"."""

MAX_STREAM_CHUNK_BYTES: Final = 262_144
"""About how much a stream is sent at once before it is asked whether it still follows."""

STREAM_PAUSE_S: Final = 0.1
"""How long changes are gathered before the streams are woken."""

CLOCK_PAUSE_S: Final = 1.0
"""How often a stream hears the time, and the oldest snapshot that is given again."""

MAX_LIST_ROWS: Final = 200
"""Most rows on a page of a list."""

MAX_LIST_PARTS: Final = 128
"""Into how many pieces of an index a list is taken apart at most."""

MAX_ENDED_A_SPOT: Final = 16
"""How many closed cases of a type are remembered at a component or in a cell of some 100 m."""

MAX_FIGURE_PERIODS: Final = 400
"""Into how many periods figures are split at most: a year of days, and some."""

MAX_READERS: Final = 4
"""Most requests that read the store at one moment; further ones wait for their turn."""

MAX_STOP_S: Final = 3
"""How long a stopping server waits for answers on their way; then connections are cut."""

MAX_ADDRESS_REQUESTS_S: Final = 1_000.0
"""Requests a second of one address, in the long run."""

MAX_ADDRESS_BURST: Final = 5_000
"""Requests of one address at once."""

MAX_KEY_REQUESTS_S: Final = 500.0
"""Requests a second with one key or one session, in the long run."""

MAX_KEY_BURST: Final = 2_500
"""Requests with one key or one session at once."""

MAX_BUCKETS: Final = 65_536
"""Most addresses, and most keys, whose requests are counted at a time."""

MAX_CONNECTIONS: Final = 4_096
"""Most open connections; a further one is closed at once."""

MAX_ADDRESS_CONNECTIONS: Final = 2_048
"""Most of them from one address: all of those behind a proxy or a tunnel share one."""

MAX_HEADER_BYTES: Final = 32_768
"""Longest header of a request, its first line included."""

HEADER_WAIT_S: Final = 10.0
"""How long a client may take for a whole header."""

SLOW_LOOK_S: Final = 10.0
"""How often it is looked whether a body comes, and whether an answer is read."""

MIN_BODY_BYTES_S: Final = 500
"""How fast a body must come, between two looks."""

MIN_READ_BYTES_S: Final = 500
"""How fast an answer must be read that a client lets wait."""

MAX_LOGGED_IDS: Final = 10
"""Most ids of facts in a line of the log; the rest are counted."""

SLOW_COMMIT_S: Final = 1.0
"""A group that took longer to write stands in the log."""

# --- who signs in -----------------------------------------------------------------------------
MAX_LOGIN_CHARS: Final = 64
"""Longest login name."""

MAX_NAME_CHARS: Final = 100
"""Longest name of somebody with an account."""

MIN_PASSWORD_CHARS: Final = 8
"""Shortest password beside a second factor (NIST SP 800-63B-4)."""

MIN_PASSWORD_CHARS_ALONE: Final = 15
"""Shortest password of an account without one."""

MAX_PASSWORD_CHARS: Final = 256
"""Longest password; nobody has the platform hash a book."""

MIN_PASSWORD_REST: Final = 4
"""Fewest characters that are left of a password without common words, runs and repeats."""

MAX_HASHES_AT_ONCE: Final = 2
"""Most passwords hashed at one moment, 64 MiB each; the engine keeps running beside them."""

MAX_HASHES_WAITING: Final = 64
"""Most sign-ins that wait for that; a further one is answered "overload"."""

RECOVERY_CODES: Final = 10
"""How many recovery codes an account gets."""

SECRET_H: Final = 24
"""How long a secret of one use is good unless another time is asked for."""

MAX_SECRET_H: Final = 168
"""Longest that one can be good."""

TICKET_S: Final = 300
"""How long the second step of a sign-in may take."""

MAX_TICKETS: Final = 4_096
"""Most sign-ins between two steps; the oldest begins again."""

SESSION_IDLE_S: Final = 1_800
"""After so long without a deed of its owner a session is over."""

DEEDS_KEPT_S: Final = 60
"""Least time between two writings of when sessions were last used."""

MAX_DEEDS_BYTES: Final = 16 * 2**20
"""Longest file of that which is read."""

SESSION_S: Final = 43_200
"""After so long it is over in any case."""

MAX_SESSIONS: Final = 65_536
"""Most open sessions; a further sign-in is answered "overload"."""

MAX_SESSIONS_AN_ACCOUNT: Final = 16
"""Most sessions of one account; its oldest ends."""

MAX_LOGINS_READ: Final = 65_536
"""Most facts at the end of the audit chain in which open sessions are looked for at a start."""

FREE_TRIES: Final = 5
"""Wrong passwords of an account before a further try waits."""

MAX_LOGIN_WAIT_S: Final = 900
"""Longest that it waits."""

LOGIN_FORGETS_S: Final = 86_400
"""After so long without a wrong try an account begins anew."""

FREE_LOGINS_AN_ADDRESS: Final = 50
"""Logins with a wrong password from one address before it waits: an office shares one."""

MAX_ADDRESS_WAIT_S: Final = 60
"""Longest that an address waits."""

ADDRESS_FORGETS_S: Final = 3_600
"""After so long without a wrong try an address begins anew."""

MAX_THROTTLED: Final = 65_536
"""Most logins that are nobody's, and most accounts at usual addresses, whose tries are counted."""

MAX_THROTTLED_ADDRESSES: Final = 8_192
"""Most addresses whose wrong logins are counted; the one tried longest ago leaves."""

MAX_USUAL_ADDRESSES: Final = 4
"""Most addresses remembered of an account, at which strangers' tries do not count."""

MAX_PROVIDER_BYTES: Final = 262_144
"""Longest answer of a provider of identities."""

MAX_PROVIDER_KEYS: Final = 32
"""Most keys that one publishes."""

PROVIDER_KEPT_S: Final = 3_600
"""How long its description and keys are kept."""

PROVIDER_WAIT_S: Final = 10.0
"""How long its answer is waited for."""

MAX_PERMISSIONS_A_KEY: Final = 100
"""Most permissions of a service's key."""

# --- the stream lane --------------------------------------------------------------------------
MAX_INGEST_BYTES: Final = 33_554_432
"""Largest body of one batch of observations, as it is sent and unpacked."""

MAX_INGEST_AT_ONCE_BYTES: Final = 268_435_456
"""Most bytes of batches that come in or are read at the same moment; a further one is answered
"overload"."""

MAX_BATCH_ROWS: Final = 262_144
"""Most observations or sensors in one batch."""

MAX_BATCH_VALUES: Final = 2_097_152
"""Most values in one batch written as JSON, eight a row of the largest batch: commas are counted
before anything is built of them."""

MAX_BATCH_PARTS: Final = 4_096
"""Most record batches and dictionaries in one Arrow stream."""

MAX_ARROW_SCHEMA_BYTES: Final = 65_536
"""Largest description of columns at the head of an Arrow stream."""

MAX_VALUE: Final = 1_000_000_000
"""Largest value of an observation, in its property's unit, and smallest with a minus."""

MAX_GROUP_ROWS: Final = 524_288
"""Most observations that one sync makes durable; a full group is written at once."""

MAX_WAITING_ROWS: Final = 2_097_152
"""Most observations that wait for the lane; a further batch is answered "busy"."""

MAX_SENSORS: Final = 33_554_432
"""Most registered sensors of one partition."""

MAX_AHEAD_S: Final = 60
"""How far a sensor's clock may be ahead before its value is refused."""

MAX_BACKFILL_S: Final = 604_800
"""How old a value may be that is still taken, for history alone."""

MAX_REMEMBERED: Final = 4_194_304
"""Instants remembered to know a doubled late value; with more, late values are taken for history
alone."""

MAX_BATCH_IDS: Final = 65_536
"""Most batches whose id is remembered; an older one that comes again is taken row by row."""

MAX_PANES: Final = 120
"""Most panes in one window of a sign."""

MAX_FRAME_BYTES: Final = 134_217_728
"""Largest record of a segment."""

MAX_SEGMENT_BYTES: Final = 268_435_456
"""A larger segment is closed and a new one begun."""

MAX_SEGMENT_S: Final = 900
"""So is an older one, so that history never lags far behind."""

MAX_REFUSED_MESSAGE_BYTES: Final = 1_048_576
"""Largest message with refused rows that is kept whole; of a larger one the list is kept."""

MAX_REFUSED_BYTES: Final = 268_435_456
"""Most bytes of kept messages with refused rows; the oldest go first."""

LET_GO_S: Final = 3_600.0
"""How often it is looked whether kept messages with refused rows are old enough to go."""

MAX_REFUSED_SHOWN: Final = 1_000
"""Most refused rows named in one answer; the rest are counted."""

MAX_CROSSINGS_A_FACT: Final = 2_000
"""Most crossings in one fact; a tick with more is several facts."""

MAX_UNTOLD_TICKS: Final = 64
"""Most ticks whose crossings wait for the engine; then the lane waits for it."""

SWITCH_S: Final = 0.000_2
"""How long a thread keeps the interpreter while another waits for it: the lane comes back from
compiled loops many times a group, and each time would wait for the usual 5 ms."""

SNAPSHOT_WAIT_S: Final = 60.0
"""How long a lane that stops waits for the snapshot that is being written."""

MAX_ASKED_AT_ONCE: Final = 262_144
"""Most sensors that a question looks at between two groups."""

SNAPSHOT_S: Final = 120.0
"""How often a snapshot of the lane is begun."""

SNAPSHOT_ROWS: Final = 100_000_000
"""After so many observations one is begun earlier: a restart plays no more than these again."""

MAX_GROUPS_A_FACT: Final = 500
"""Most groups of sensors in one fact that fell silent or speak again."""

RECORD_PAUSE_S: Final = 0.05
"""How long the lane waits before it offers a tick again to an engine that is busy."""

MAX_SEGMENTS_A_RUN: Final = 64
"""Most segments that one process takes into the lake before it leaves."""

COMPACT_S: Final = 30.0
"""How often it is looked whether a closed segment waits for the lake."""

KEYS_READ_S: Final = 2.0
"""How soon a worker hears of keys that were issued or revoked."""

MAX_CLOCK_STEP_S: Final = 10
"""A larger step of the machine's clock is not followed by the lane until its senders speak for it.
"""

CLOCK_HEARD_S: Final = 60.0
"""So long senders are listened to before the lane decides about a clock that stepped."""

CLOCK_WAIT_PACE: Final = 0.1
"""How fast the lane's time goes while a clock that is right is behind it."""

TICK_S: Final = 1.0
"""How often the signs are judged."""

# --- the history of the stream lane -----------------------------------------------------------
MAX_RUN_ROWS: Final = 2_097_152
"""Most observations that compaction sorts in memory at once."""

MAX_SEGMENTS_A_STEP: Final = 4
"""Most segments that one step of compaction takes into the lake."""

MAX_FILES_A_DAY: Final = 8
"""Most files of one property and day; a further one is merged with the smallest."""

MAX_ROW_GROUP_ROWS: Final = 32_768
"""Most rows that a file describes by one line of statistics, so that one sensor is found."""

MAX_HISTORY_MB: Final = 512
"""Memory of a question to history; one that needs more is refused."""

MAX_HISTORY_ANSWERS: Final = 4_194_304
"""Most panes of areas in one answer from history."""

MAX_LOOK_BACK_S: Final = 604_800
"""How far before a question history looks for the last word of a sensor."""

MAX_HISTORY_TRIES: Final = 5
"""How often a question begins again because compaction put other files in place meanwhile."""

# --- triage -----------------------------------------------------------------------------------
MAX_TRIAGE_CHARS: Final = 4_000
"""How much of a text is looked at for what it is about; for dangers all of it is."""

MAX_DANGER_CLAUSES: Final = 500
"""Most clauses with words of danger that are weighed in one report."""

MAX_TRIAGE_ROWS: Final = 3_000
"""Most decided reports that a model is learned from, the newest."""

MAX_TRIAGE_ROWS_A_TYPE: Final = 300
"""Most decided reports of one type that are kept to learn from."""

TRIAGE_LEARNS_S: Final = 21_600
"""How long after a decision a new model is learned, with whatever else was decided by then."""

MAX_TRIAGE_CANDIDATES: Final = 5
"""Most types, and most places, that are proposed for one report."""

MAX_READINGS: Final = 8
"""Most ways of reading one name that are looked for."""

MAX_PLACE_NAMES: Final = 200_000
"""Most names of places that an index holds; those further down the register are not looked for."""

MAX_PLACED_CHARS: Final = 2_000
"""How much of a text is looked at for names of places."""

MAX_MISSPELT_CHARS: Final = 400
"""How much of it is looked at for names that are misspelled."""

MAX_PLACE_HITS: Final = 50
"""Most names of places that are weighed in one text."""

MAX_TRIAGE_PIECES: Final = 60_000
"""Most pieces of text that a model knows, the commonest."""

MAX_TRIAGE_BYTES: Final = 67_108_864
"""Most bytes of a model, unpacked."""

MAX_TRIAGE_REASONS: Final = 5
"""Most pieces that are named as reasons of a proposal."""
# --- notices ----------------------------------------------------------------------------------
MAX_NOTICES_WAITING: Final = 100_000
"""Most notices that wait to be sent; beyond them only life safety is let in."""

MAX_TOLD_REPORTERS: Final = 1_000
"""Most reporters of one case who are told of it one by one."""

MAX_NOTICE_CHARS: Final = 500
"""Longest text of a notice: the robots of WeCom and DingTalk take 2,048 bytes and more."""

MAX_NOTICES_IN_FLIGHT: Final = 16
"""Most messages of one channel that wait for their provider at once."""

MAX_NOTICE_TRIES: Final = 6
"""How often one channel is tried before the next one is."""

NOTICE_PAUSE_S: Final = 2.0
"""The first pause before a message is tried again; each further one is twice as long."""

NOTICE_MAX_PAUSE_S: Final = 300.0
"""The longest of those pauses."""

NOTICE_WAIT_S: Final = 10.0
"""How long a provider may take to answer."""

MAX_NOTICE_ANSWER_BYTES: Final = 65_536
"""Longest answer of a provider."""

CHANNEL_FAILURES: Final = 5
"""After so many failures in a row a channel rests."""

CHANNEL_REST_S: Final = 30.0
"""How long it rests before one message tries it again."""

RECEIPT_AGE_S: Final = 300
"""How old a signed receipt of a provider may be, either way of the clock."""

MAX_ISSUED_REPORTS: Final = 100
"""Most reports of one incident to the level above."""

MAX_PRINTED_REPORTS: Final = 20
"""Most reports of a case that a document names; of so many at most are data opened."""

MAX_PRINTED_FACTS: Final = 200
"""Most lines in the course of events of a document."""


# --- who may do what --------------------------------------------------------------------------
MAX_APPROVALS_WAITING: Final = 100
"""Most commands of one person that wait for a second one."""

MAX_GRANTS_AN_ACCOUNT: Final = 64
"""Most grants that an account holds at once."""

MAX_TEMPORARY_GRANT_D: Final = 31
"""How many days an emergency or stand-in power lasts at most."""

MAX_DECISIONS_KEPT: Final = 1_024
"""Most decisions that are remembered of one account, and most accounts they are remembered of."""

REFUSAL_NOTED_S: Final = 60
"""How long the same refusal of the same account at a door is noted only once."""

MAX_REFUSALS_KEPT: Final = 4_096
"""For how many refusals it is remembered when they were noted."""

# --- rosters ----------------------------------------------------------------------------------
MAX_SHIFT_H: Final = 36
"""Longest shift: a roster is looked up on the day it began and the two before."""

MAX_ROSTER_SHIFTS: Final = 10_000
"""Most shifts, persons, absences or units of one import of a roster."""

MAX_ROSTER_D: Final = 400
"""Most days that one import of a unit's roster is about, and longest absence."""

MAX_STAND_INS: Final = 64
"""Most absences of a person that are remembered; those that end first go."""

MAX_STAND_IN_HOPS: Final = 4
"""How far a stand-in of a stand-in is followed before the shift counts as nobody's."""

MAX_SKILLS: Final = 32
"""Most skills of a shift."""

# --- recorded data ----------------------------------------------------------------------------
MAX_RECORDED_VALUES: Final = 8_388_608
"""Most values of one recording: they are put in order in memory."""

# --- the simulated world ----------------------------------------------------------------------
MAX_WORLD_BYTES: Final = 67_108_864
"""Largest message between the platform and the world process."""

WORLD_WAIT_S: Final = 60.0
"""How long the platform waits for the world's answer to a step."""

WORLD_START_WAIT_S: Final = 600.0
"""How long the platform waits for the world to build its city."""

MIN_PACE: Final = 0.1
"""The slowest clock of a demonstration, in virtual seconds a second."""

MAX_PACE: Final = 3_600.0
"""The fastest clock that can be asked for; how fast it goes the machine decides."""

MAX_CATCH_UP_D: Final = 92
"""Most days of its own that a simulated city lives again when it is resumed."""

MAX_WISHES: Final = 10_000
"""Most events that watchers let happen in a simulated city that is kept."""

MIN_SIM_YEAR: Final = 2_000
"""The first year in which a simulated city can begin."""

MAX_SIM_YEAR: Final = 2_099
"""The last one."""

MIN_DRILL_MIN: Final = 60
"""The shortest drill, in minutes of the city: a shorter one shows no consequences."""

MAX_DRILL_MIN: Final = 720
"""The longest drill, in minutes of the city."""

MAX_DRILL_RESIDENTS: Final = 5_000_000
"""The largest city a drill is held in: every evening is lived twice on one machine."""
