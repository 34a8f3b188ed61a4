import { MERCHANT_WARNINGS } from './words-english.ts';

/** Clover's own settings that keep stock from moving (S12). */
export function MerchantWarnings(props: { trackStock: boolean; updateStock: boolean }) {
  return (
    <>
      {props.trackStock ? null : (
        <p class="note" role="alert">
          {MERCHANT_WARNINGS.trackingOff}
        </p>
      )}
      {props.updateStock ? null : (
        <p class="note" role="alert">
          {MERCHANT_WARNINGS.updatesOff}
        </p>
      )}
    </>
  );
}
