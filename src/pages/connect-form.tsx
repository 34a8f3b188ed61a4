/** In a new tab, because Clover's pages refuse to be framed; the ticket works there without this frame's cookie. */
export function ConnectForm(props: {
  ticket: string;
  merchantId?: string;
  label: string;
  plain?: boolean;
}) {
  return (
    <form method="post" action="/app/clover/connect" target="_blank" rel="noopener">
      <input type="hidden" name="ticket" value={props.ticket} />
      {props.merchantId === undefined ? null : (
        <input type="hidden" name="merchantId" value={props.merchantId} />
      )}
      <button type="submit" class={props.plain === true ? 'plain' : undefined}>
        {props.label}
      </button>
    </form>
  );
}
