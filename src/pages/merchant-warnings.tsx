/** Clover's own settings that keep stock from moving (S12). */
export function MerchantWarnings(props: { trackStock: boolean; updateStock: boolean }) {
  return (
    <>
      {props.trackStock ? null : (
        <p class="note" role="alert">
          Stock tracking is off at this merchant, so its counts mean nothing and are left alone.
          Switch it on in Clover under Inventory settings.
        </p>
      )}
      {props.updateStock ? null : (
        <p class="note" role="alert">
          Clover does not take sales off the count at this merchant (“update stock” is off). Switch
          it on in Clover under Inventory settings; another stock app may have switched it off.
        </p>
      )}
    </>
  );
}
