/* A refusal: what the API said, or that nobody answered (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field?: string,
    readonly requestId?: string | null,
    readonly body?: unknown,
  ) {
    super(message)
  }
}

interface ErrorBody {
  error?: { code?: string; message?: string; field?: string }
}

export async function errorOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as ErrorBody
  const { code, message, field } = body.error ?? {}
  return new ApiError(
    response.status,
    code ?? 'unknown',
    message ?? `The server answered ${response.status} ${response.statusText}`,
    field,
    response.headers.get('X-Request-Id'),
    body,
  )
}

/* What to do about it, where we know. */
const REMEDIES: Record<string, string> = {
  unreachable: 'Check your network, then try again.',
  unauthenticated: 'Sign in again.',
  forbidden: 'This is for another kind of account.',
  foreign_origin: 'Open this page under the address that is named, then try again.',
  too_many_requests: 'Wait a moment, then try again.',
  unavailable: 'A part of the system is away. Try again in a moment.',
  shutting_down: 'The server is restarting. Try again in a moment.',
  timeout: 'Try again. If it stays, an admin can look under Diagnose.',
  upstream_failed: 'Try again in a moment. An admin can look under Diagnose.',
  internal_error: 'Try again. If it stays, tell your admin the request’s id.',
  quiet_hours: 'Calling hours are 8:00 to 21:00 where the other side lives.',
  do_not_call: 'The number is on the do-not-call list.',
  no_consent: 'Record the contact’s consent first.',
  agent_inactive: 'Switch your voice agent on first, under Home.',
  dialing_stopped: 'Outgoing calls are stopped. Start them again under Home, or ask your admin.',
  live_call: 'Wait until the call that is under way has ended.',
  daily_cap: 'The calls of today are used up. Go on tomorrow.',
  country_not_allowed: 'Your admin decides which countries may be called.',
  bad_number: 'Write it with its country code, such as +1 202 555 0101.',
  duplicate_contact: 'Search for the number: it belongs to another contact.',
  viewing_conflict: 'Choose another hour.',
  outside_hours: 'Choose a time between 9:00 and 17:00.',
  talk_unavailable: 'Use “Call me” on the home page instead. Talking here needs MEDIA_URL, which your admin sets.',
  has_viewings: 'Cancel its viewings first.',
}

export function remedyFor(error: ApiError): string | undefined {
  return REMEDIES[error.code]
}

export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(0, 'unknown', error instanceof Error ? error.message : String(error))
