use super::tlv::{self, Fields, NotFields};
use super::{
    ACCOUNT_CHARS_MAX, ADDITIONAL_CHARS_MAX, Additional, Amount, Beneficiary, CITY_CHARS_MAX, COUNTRY, CURRENCY,
    MERCHANT_NAME_CHARS_MAX, Mode, SCHEME, Service, VietQr, VietQrRefusal,
};

/// What every payload begins with: the payload format indicator.
pub(crate) const HEAD: &str = "000201";

/// Tag and length of the CRC, which the CRC covers too.
const CRC_HEAD: &str = "6304";

pub fn parse(payload: &str) -> Result<VietQr, VietQrRefusal> {
    if !payload.starts_with(HEAD) {
        return Err(VietQrRefusal::NotVietQr);
    }
    if !payload.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(VietQrRefusal::NotAscii);
    }
    let fields = Fields::split(payload);
    // A payload whose last four characters do not fit is damaged, whatever its fields look like; one that is cut off
    // has no CRC to compare.
    let fields = fields.map_err(|why| match why {
        NotFields::Truncated => VietQrRefusal::Truncated,
        NotFields::Head => VietQrRefusal::FieldHead,
        NotFields::Twice => VietQrRefusal::DuplicateTag,
    })?;
    check_crc(payload, &fields)?;
    let additional = fields.get("62").map(additional).transpose()?.unwrap_or_default();
    let code = VietQr {
        mode: fields.get("01").map(mode).transpose()?,
        beneficiary: beneficiary(fields.get("38").ok_or(VietQrRefusal::BeneficiaryMissing)?)?,
        merchant_category: fields.get("52").map(str::to_owned),
        amount: fields.get("54").map(Amount::parse).transpose()?,
        merchant_name: fields.get("59").map(str::to_owned),
        city: fields.get("60").map(str::to_owned),
        additional,
    };
    match fields.get("53") {
        Some(CURRENCY) => {}
        Some(_) => return Err(VietQrRefusal::Currency),
        None => return Err(VietQrRefusal::Missing { tag: "53" }),
    }
    match fields.get("58") {
        Some(COUNTRY) => {}
        Some(_) => return Err(VietQrRefusal::Country),
        None => return Err(VietQrRefusal::Missing { tag: "58" }),
    }
    check(&code)?;
    Ok(code)
}

fn check_crc(payload: &str, fields: &Fields<'_>) -> Result<(), VietQrRefusal> {
    match (fields.first(), fields.last()) {
        (Some(("00", _)), Some(("63", crc))) if crc.len() == 4 => {
            let covered = payload.get(..payload.len() - crc.len()).unwrap_or_default();
            if format!("{:04X}", tlv::crc(covered)) == crc { Ok(()) } else { Err(VietQrRefusal::CrcMismatch) }
        }
        _ => Err(VietQrRefusal::CrcNotLast),
    }
}

fn mode(text: &str) -> Result<Mode, VietQrRefusal> {
    match text {
        "11" => Ok(Mode::Static),
        "12" => Ok(Mode::Dynamic),
        _ => Err(VietQrRefusal::Mode),
    }
}

fn beneficiary(value: &str) -> Result<Beneficiary, VietQrRefusal> {
    let fields = Fields::nested(value)?;
    if fields.get("00") != Some(SCHEME) {
        return Err(VietQrRefusal::Scheme);
    }
    let member = Fields::nested(fields.get("01").ok_or(VietQrRefusal::AccountMissing)?)?;
    let service = match fields.get("02") {
        Some("QRIBFTTA") => Service::Account,
        Some("QRIBFTTC") => Service::Card,
        Some(_) | None => return Err(VietQrRefusal::Service),
    };
    Ok(Beneficiary {
        bin: member.get("00").unwrap_or_default().to_owned(),
        account: member.get("01").unwrap_or_default().to_owned(),
        service,
    })
}

fn additional(value: &str) -> Result<Additional, VietQrRefusal> {
    let fields = Fields::nested(value)?;
    let text = |tag: &str| fields.get(tag).map(str::to_owned);
    Ok(Additional {
        bill_number: text("01"),
        mobile: text("02"),
        store: text("03"),
        loyalty: text("04"),
        reference: text("05"),
        customer: text("06"),
        terminal: text("07"),
        purpose: text("08"),
    })
}

/// What holds for a code, whether read or about to be written.
fn check(code: &VietQr) -> Result<(), VietQrRefusal> {
    let Beneficiary { bin, account, service: _ } = &code.beneficiary;
    if bin.len() != 6 {
        return Err(VietQrRefusal::BinLength { got: bin.len() });
    }
    if !bin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(VietQrRefusal::BinNotDigits);
    }
    if account.is_empty() {
        return Err(VietQrRefusal::AccountMissing);
    }
    if account.len() > ACCOUNT_CHARS_MAX {
        return Err(VietQrRefusal::AccountTooLong { max: ACCOUNT_CHARS_MAX, got: account.len() });
    }
    if account.contains(' ') {
        return Err(VietQrRefusal::AccountFormat);
    }
    if code.mode == Some(Mode::Dynamic) && code.amount.is_none() {
        return Err(VietQrRefusal::DynamicWithoutAmount);
    }
    let category = code.merchant_category.as_deref();
    if category.is_some_and(|text| text.len() != 4 || !text.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(VietQrRefusal::MerchantCategory);
    }
    check_text("59", code.merchant_name.as_deref(), MERCHANT_NAME_CHARS_MAX)?;
    check_text("60", code.city.as_deref(), CITY_CHARS_MAX)?;
    texts(&code.additional).into_iter().try_for_each(|(_, text)| check_text("62", text, ADDITIONAL_CHARS_MAX))
}

fn check_text(tag: &'static str, text: Option<&str>, max: usize) -> Result<(), VietQrRefusal> {
    match text.map(str::len) {
        Some(0) => Err(VietQrRefusal::Empty { tag }),
        Some(got) if got > max => Err(VietQrRefusal::FieldTooLong { max, got }),
        Some(_) | None => Ok(()),
    }
}

/// The additional texts by their tags.
fn texts(additional: &Additional) -> [(&'static str, Option<&str>); 8] {
    let Additional { bill_number, mobile, store, loyalty, reference, customer, terminal, purpose } = additional;
    [
        ("01", bill_number.as_deref()),
        ("02", mobile.as_deref()),
        ("03", store.as_deref()),
        ("04", loyalty.as_deref()),
        ("05", reference.as_deref()),
        ("06", customer.as_deref()),
        ("07", terminal.as_deref()),
        ("08", purpose.as_deref()),
    ]
}

pub fn encode(code: &VietQr) -> Result<String, VietQrRefusal> {
    check(code)?;
    let mut member = String::new();
    tlv::push(&mut member, "00", &code.beneficiary.bin)?;
    tlv::push(&mut member, "01", &code.beneficiary.account)?;
    let mut account = String::new();
    tlv::push(&mut account, "00", SCHEME)?;
    tlv::push(&mut account, "01", &member)?;
    tlv::push(&mut account, "02", code.beneficiary.service.as_str())?;
    let mut additional = String::new();
    for (tag, text) in texts(&code.additional) {
        if let Some(text) = text {
            tlv::push(&mut additional, tag, text)?;
        }
    }
    let amount = code.amount.map(|amount| amount.to_string());
    let mut payload = HEAD.to_owned();
    for (tag, value) in [
        ("01", code.mode.map(Mode::digits)),
        ("38", Some(account.as_str())),
        ("52", code.merchant_category.as_deref()),
        ("53", Some(CURRENCY)),
        ("54", amount.as_deref()),
        ("58", Some(COUNTRY)),
        ("59", code.merchant_name.as_deref()),
        ("60", code.city.as_deref()),
        ("62", Some(additional.as_str()).filter(|texts| !texts.is_empty())),
    ] {
        if let Some(value) = value {
            tlv::push(&mut payload, tag, value)?;
        }
    }
    if !payload.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(VietQrRefusal::NotAscii);
    }
    payload.push_str(CRC_HEAD);
    payload.push_str(&format!("{:04X}", tlv::crc(&payload)));
    Ok(payload)
}
