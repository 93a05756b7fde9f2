//! The invented person on the card, and what the card says of them: DG1 (MRZ) and DG13.

use sha1::{Digest, Sha1};

use super::entropy::Entropy;
use super::tlv;

/// The standard that DG13 names in front of its fields: ISO/IEC 10646, the characters of its text.
const DG13_OID: &[u32] = &[1, 0, 10_646, 1, 0, 8];

/// Serials of invented people begin so; the rest is drawn.
const INVENTED_SERIAL: u32 = 999_900;

/// A person who does not exist.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The personal number, 12 digits.
    pub number: String,
    /// The full name with diacritics.
    pub name: String,
    /// The name as in the MRZ: `SURNAME<<GIVEN<NAMES`.
    pub name_mrz: String,
    /// Day of birth.
    pub birth: Day,
    /// `M` or `F`.
    pub sex: char,
    /// Last day of validity.
    pub expiry: Day,
    /// Day of issue.
    pub issued: Day,
    /// Where they live.
    pub residence: String,
    /// The former nine-digit number.
    pub old_number: Option<String>,
}

/// A calendar day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Year, four digits.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl Day {
    /// A day; nobody checks that it exists.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Self {
        Self { year, month, day }
    }

    fn mrz(self) -> String {
        format!("{:02}{:02}{:02}", self.year % 100, self.month, self.day)
    }

    fn slashed(self) -> String {
        format!("{:02}/{:02}/{}", self.day, self.month, self.year)
    }

    /// `Time` of X.509: two-digit years up to 2049, four-digit ones after.
    pub fn x509(self) -> Vec<u8> {
        let Self { year, month, day } = self;
        if year < 2050 {
            tlv::tlv(0x17, format!("{:02}{month:02}{day:02}000000Z", year % 100).as_bytes())
        } else {
            tlv::tlv(0x18, format!("{year}{month:02}{day:02}000000Z").as_bytes())
        }
    }
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(…)")
    }
}

impl Person {
    /// The person of the examples.
    #[must_use]
    pub fn sample() -> Self {
        Self {
            number: "001090999901".to_owned(),
            name: "NGUYỄN VĂN MẪU".to_owned(),
            name_mrz: "NGUYEN<<VAN<MAU".to_owned(),
            birth: Day::new(1990, 1, 2),
            sex: 'M',
            expiry: Day::new(2030, 1, 2),
            issued: Day::new(2021, 5, 20),
            // Longer than 127 bytes as UTF-8, so that its DER length has a second byte.
            residence: "Số 1 Đường Thử Nghiệm Không Có Thật, Tổ dân phố Mẫu Số Mười Hai, Phường Ví Dụ, Quận Giả Định, \
                        Thành phố Hà Nội"
                .to_owned(),
            old_number: None,
        }
    }

    /// Another person for each seed.
    #[must_use]
    pub fn drawn(entropy: &mut Entropy) -> Self {
        let [serial, century, year, month, day, old] = entropy.array::<6>();
        let female = century % 2 == 1;
        let birth_year = 1950 + u16::from(year) % 60;
        let century_digit = u16::from(female) + if birth_year < 2000 { 0 } else { 2 };
        let serial = INVENTED_SERIAL + u32::from(serial) % 100;
        let birth = Day::new(birth_year, 1 + month % 12, 1 + day % 28);
        Self {
            number: format!("0{:02}{century_digit}{:02}{serial:06}", 1 + old % 96, birth_year % 100),
            name: if female { "TRẦN THỊ VÍ DỤ" } else { "LÊ VĂN THỬ" }.to_owned(),
            name_mrz: if female { "TRAN<<THI<VI<DU" } else { "LE<<VAN<THU" }.to_owned(),
            birth,
            sex: if female { 'F' } else { 'M' },
            expiry: Day::new(birth_year + 85, birth.month, birth.day),
            old_number: (old % 2 == 0).then(|| format!("9999{:05}", serial)),
            ..Self::sample()
        }
    }

    /// The card access number: the last six digits of the number.
    #[must_use]
    pub fn can(&self) -> &str {
        self.number.get(self.number.len().saturating_sub(6)..).unwrap_or_default()
    }

    /// Document number, birth and expiry, each with its check digit: what BAC and PACE with the MRZ start from.
    #[must_use]
    pub fn mrz_information(&self) -> String {
        let document = self.document_number();
        let (birth, expiry) = (self.birth.mrz(), self.expiry.mrz());
        [document.as_str(), &birth, &expiry].map(|field| format!("{field}{}", check_digit(field))).concat()
    }

    /// SHA-1 of [`Person::mrz_information`].
    #[must_use]
    pub fn mrz_digest(&self) -> Vec<u8> {
        Sha1::digest(self.mrz_information().as_bytes()).to_vec()
    }

    /// The three lines of a TD1 document, 90 characters (Doc 9303-5), laid out as the CCCD has them.
    #[must_use]
    pub fn mrz(&self) -> String {
        let document = self.document_number();
        let optional = format!("{}<<{}", self.number, check_digit(&self.number));
        let (birth, expiry) = (self.birth.mrz(), self.expiry.mrz());
        let document_check = check_digit(&document);
        let (birth_check, expiry_check) = (check_digit(&birth), check_digit(&expiry));
        let all = format!("{document}{document_check}{optional}{birth}{birth_check}{expiry}{expiry_check}<<<<<<<<<<<");
        let check = check_digit(&all);
        let sex = self.sex;
        format!(
            "IDVNM{document}{document_check}{optional}{birth}{birth_check}{sex}{expiry}{expiry_check}VNM<<<<<<<<<<<{check}{:<<30.30}",
            self.name_mrz
        )
    }

    /// EF.DG1.
    #[must_use]
    pub fn dg1(&self) -> Vec<u8> {
        tlv::tlv(0x61, &tlv::tlv(0x5F1F, self.mrz().as_bytes()))
    }

    /// EF.DG13: numbered fields; what is absent is left out.
    #[must_use]
    pub fn dg13(&self) -> Vec<u8> {
        let sex = if self.sex == 'F' { "Nữ" } else { "Nam" };
        let mut fields = vec![
            field(1, tlv::printable(&self.number)),
            field(2, tlv::utf8(&self.name)),
            field(3, tlv::printable(&self.birth.slashed())),
            field(4, tlv::utf8(sex)),
            field(5, tlv::utf8("Việt Nam")),
            field(6, tlv::utf8("Kinh")),
            field(8, tlv::utf8("Xã Mẫu, Tỉnh Ví Dụ")),
            field(9, tlv::utf8(&self.residence)),
            field(10, tlv::utf8("Không")),
            field(11, tlv::printable(&self.issued.slashed())),
            field(12, tlv::printable(&self.expiry.slashed())),
            field(13, tlv::sequence(&[&tlv::utf8("CHA VÍ DỤ"), &tlv::utf8("MẸ VÍ DỤ")])),
        ];
        fields.extend(self.old_number.as_ref().map(|number| field(15, tlv::printable(number))));
        let set = tlv::tlv(0x31, &fields.concat());
        tlv::tlv(0x6D, &tlv::sequence(&[&tlv::small(1), &tlv::oid(DG13_OID), &set]))
    }

    /// The last nine digits of the number stand where a passport has its document number.
    fn document_number(&self) -> String {
        self.number.get(self.number.len().saturating_sub(9)..).unwrap_or_default().to_owned()
    }
}

fn field(number: u8, value: Vec<u8>) -> Vec<u8> {
    tlv::sequence(&[&tlv::small(number), &value])
}

/// Weights 7, 3, 1 (Doc 9303-3, 4.9).
fn check_digit(field: &str) -> u32 {
    let value = |character: char| match character {
        '<' => 0,
        other => other.to_digit(36).unwrap_or_default(),
    };
    field.chars().zip([7, 3, 1].into_iter().cycle()).map(|(character, weight)| value(character) * weight).sum::<u32>()
        % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_the_published_examples() {
        assert_eq!(["L898902C<", "690806", "940623", "D23145890"].map(check_digit), [3, 1, 6, 7]);
    }

    #[test]
    fn the_mrz_has_three_lines_of_thirty_and_the_layout_of_the_card() {
        let mrz = Person::sample().mrz();
        assert_eq!(mrz.len(), 90);
        assert_eq!(&mrz[..30], "IDVNM0909999010001090999901<<1");
        assert_eq!(&mrz[60..], "NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<");
    }

    #[test]
    fn a_drawn_person_is_marked_as_invented() {
        for seed in 0..50 {
            let person = Person::drawn(&mut Entropy::seeded(seed));
            assert_eq!((person.number.len(), person.mrz().len()), (12, 90));
            assert!(person.can().starts_with("9999"), "{}", person.number);
        }
    }
}
